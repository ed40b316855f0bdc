"""Prompts, answered by a SAM that can be worked out on paper."""

import threading
from pathlib import Path

import numpy as np
import openvino
import pytest
from numpy.typing import NDArray

from core.annotation.assist.sam import Click, Prompt, Sam, load
from core.annotation.assist.sam.model import Cache
from core.geometry.masks import Mask
from tests.core.annotation.assist.sam.pair import RADIUS, SIDE, write_decoder, write_encoder, write_pair

SIZES = [(60, 100), (100, 60), (128, 128), (417, 300), (31, 256)]


def white(size: tuple[int, int]) -> NDArray[np.uint8]:
    return np.full((*size, 3), 255, np.uint8)


def middle(mask: Mask) -> tuple[float, float]:
    rows, columns = np.nonzero(mask.full())
    return float(columns.mean()) + 0.5, float(rows.mean()) + 0.5


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_box_is_filled_to_the_pixel(sam: Sam, size: tuple[int, int]) -> None:
    embedding = sam.encode(white(size))
    random = np.random.default_rng(0)
    for _ in range(20):
        x1, x2 = np.sort(random.uniform(0, size[1], 2))
        y1, y2 = np.sort(random.uniform(0, size[0], 2))
        reach = 16 * max(size) / SIDE  # the middle of the box must be more than a cell away from its sides
        if min(x2 - x1, y2 - y1) < reach:
            continue
        full = sam.predict(embedding, Prompt(box=(x1, y1, x2, y2))).mask.full()
        for line, low, high in (
            (full[int(y1 + y2) // 2], x1, x2),
            (full[:, int(x1 + x2) // 2], y1, y2),
        ):
            centres = np.arange(len(line)) + 0.5
            clear = np.minimum(np.abs(centres - low), np.abs(centres - high)) > 1e-3
            edge = 2 * max(size) / SIDE  # before the centre of the first cell and behind that of the last
            clear &= (centres > edge) & (centres < len(line) - edge)
            assert np.array_equal(line[clear], ((centres > low) & (centres < high))[clear])


@pytest.mark.parametrize("size", SIZES[:4], ids=str)
def test_a_click_lands_where_it_was_made(sam: Sam, size: tuple[int, int]) -> None:
    x, y = 0.47 * size[1], 0.52 * size[0]
    mask = sam.predict(sam.encode(white(size)), Prompt((Click(x, y),))).mask
    pixels = max(size) / SIDE  # image pixels for one of the square
    assert middle(mask) == pytest.approx((x, y), abs=0.3 * max(pixels, 1))
    if min(size) > 2 * RADIUS * pixels:
        assert mask.area == pytest.approx(np.pi * (RADIUS * pixels) ** 2, rel=0.02)


def test_a_minus_click_takes_away_what_is_around_it(sam: Sam) -> None:
    embedding = sam.encode(white((128, 128)))
    before = sam.predict(embedding, Prompt((Click(50, 64),)))
    asked = Prompt((Click(50, 64),)).then(Click(80, 64, plus=False), before.logits)
    after = sam.predict(embedding, asked).mask.full()
    assert before.mask.full()[64, 60] and not after[64, 60] and after[64, 40]


def test_a_corrective_click_goes_on_from_the_mask_before(sam: Sam) -> None:
    embedding = sam.encode(white((128, 128)))
    first = sam.predict(embedding, Prompt(box=(10, 10, 40, 40)))
    second = sam.predict(embedding, Prompt(box=(10, 10, 40, 40)).then(Click(100, 100), first.logits))
    full = second.mask.full()
    assert full[25, 25] and full[100, 100] and not full[64, 64]


def test_one_click_gets_the_best_of_the_masks_and_a_clear_prompt_the_first(sam: Sam) -> None:
    embedding = sam.encode(white((128, 128)))
    assert sam.predict(embedding, Prompt((Click(64, 64),))).score == pytest.approx(0.9)
    assert sam.predict(embedding, Prompt((Click(64, 64), Click(70, 64)))).score == pytest.approx(0.5)
    assert sam.predict(embedding, Prompt(box=(1, 1, 90, 90))).score == pytest.approx(0.5)


def test_what_the_encoder_saw_reaches_the_decoder_at_its_place(sam: Sam) -> None:
    image = white((64, 128))
    image[:, 64:] = 0
    mask = sam.predict(sam.encode(image), Prompt((Click(64, 32),))).mask
    last_bright_cell = 62  # its centre: the next one is dark beyond doubt
    assert mask.x + mask.bitmap.shape[1] == last_bright_cell and mask.x < 45


def test_pictures_of_any_shape_through_an_encoder_that_normalises_itself(tmp_path: Path, sam: Sam) -> None:
    write_encoder(tmp_path / "see.onnx", picture=True)
    write_decoder(tmp_path / "tell.onnx")
    other = load((tmp_path / "tell.onnx", tmp_path / "see.onnx"))
    image = np.random.default_rng(0).integers(0, 256, (60, 100, 3), np.uint8)
    assert np.allclose(sam.encode(image).features, other.encode(image).features, atol=1e-4)


def test_ir_files_answer_as_onnx_files_do(tmp_path: Path, sam: Sam) -> None:
    folder = write_pair(tmp_path / "onnx")
    for name in ("see", "tell"):
        openvino.save_model(openvino.Core().read_model(folder / f"{name}.onnx"), tmp_path / "ir" / f"{name}.xml")
    other = load(tmp_path / "ir")
    image, asked = white((60, 100)), Prompt((Click(30, 30), Click(60, 30, plus=False)))
    answers = [one.predict(one.encode(image), asked).mask.full() for one in (sam, other)]
    assert np.array_equal(*answers) and answers[0].any()


def test_a_decoder_of_points_alone(tmp_path: Path) -> None:
    """As EdgeSAM's: no mask to go on from, and the small masks under the name of the large ones."""
    ports = ("mask_input", "has_mask_input", "orig_im_size", "low_res_masks")
    sam = load(write_pair(tmp_path, without=ports, masks=1))
    embedding = sam.encode(white((128, 128)))
    answer = sam.predict(embedding, Prompt((Click(40, 40),)))
    again = sam.predict(embedding, Prompt((Click(40, 40),)).then(Click(90, 90), answer.logits))
    assert not sam.takes_mask and again.mask.full()[90, 90] and again.mask.full()[40, 40]


def test_the_same_picture_is_encoded_once(sam: Sam) -> None:
    image = white((60, 100))
    first = sam.encode(image)
    assert sam.encode(image.copy()) is first
    image[:30] = 0
    assert sam.encode(image) is not first
    assert sam.encode(white((60, 99))).size == (60, 99)


def test_compiled_models_are_kept_for_the_next_start(sam: Sam, own_home: Path) -> None:
    assert len(list((own_home / "cache" / "openvino").glob("*.blob"))) == 2


def test_several_threads_get_their_own_answers(sam: Sam) -> None:
    pictures = [white((60 + number, 100)) for number in range(4)]
    seen: dict[int, tuple[float, float]] = {}

    def work(number: int) -> None:
        for _ in range(5):
            answer = sam.predict(sam.encode(pictures[number]), Prompt((Click(30 + 10 * number, 30),)))
            seen[number] = middle(answer.mask)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert {number: round(x) for number, (x, _) in seen.items()} == {n: 30 + 10 * n for n in range(4)}


def test_the_cache_keeps_what_was_asked_for_last() -> None:
    cache: Cache[int] = Cache(2)
    made: list[int] = []

    def get(number: int) -> int:
        def make() -> int:
            made.append(number)
            return number

        return cache.get(bytes([number]), make)

    assert [get(number) for number in (1, 2, 1, 3, 1, 2)] == [1, 2, 1, 3, 1, 2]
    assert made == [1, 2, 3, 2]
