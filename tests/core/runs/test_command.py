import os
import shlex
import shutil
import subprocess
import sys

import pytest

from core.jobs import EvaluateJob, ExportJob, PredictJob, ProbeJob, TrainJob
from core.recipes.catalogue import find, with_settings
from core.runs.command import compose, quote
from core.runs.job_file import describe


def test_only_what_differs_is_written():
    assert TrainJob(recipe=find("rtmdet_inst_tiny"), dataset="/d").arguments() == [
        "train",
        "/d",
        "--recipe",
        "rtmdet_inst_tiny",
    ]
    changed = with_settings(find("rtmdet_inst_tiny"), {"epochs": 3, "pretrained": False})
    words = TrainJob(recipe=changed, dataset="/d", validation_fraction=0.3, weights="/w.pth").arguments()
    assert words[4:] == [
        *("--set", "epochs=3", "--set", "pretrained=false"),
        *("--validation-fraction", "0.3", "--weights", "/w.pth"),
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="another shell")
def test_odd_paths_survive_the_shell():
    job = TrainJob(recipe=find("rtmdet_inst_tiny"), dataset="/my data/it's $HOME")
    assert shlex.split(compose(job))[2] == "/my data/it's $HOME"


STEERING = ["\x1b[201~\nrm -rf ~", "a\tb\x07", "photo\u202egnp", "caf\udce9 it's \\ here", "\x9b2J"]


@pytest.mark.skipif(not shutil.which("bash"), reason="another shell")
@pytest.mark.parametrize("word", [*STEERING, "$(id)", "`id`", "a;b", "it's", "", "!!", "*"])
def test_a_shell_takes_the_line_apart_into_the_same_words_and_is_not_steered_by_it(word):
    line = quote(["printf", "%s", word], windows=False)
    assert line.isprintable(), "pasted as it is seen, and in one piece"
    assert subprocess.run(["bash", "-c", line], capture_output=True, check=True).stdout == os.fsencode(word)


@pytest.mark.parametrize(
    ("word", "quoted"),
    [
        ("C:\\data\\set", "C:\\data\\set"),
        ("learning_rate=0.001", "learning_rate=0.001"),
        ("C:\\my data\\", '"C:\\my data\\\\"'),
        ("a&calc", '"a&calc"'),
        ("a|b>c^d;e,f", '"a|b>c^d;e,f"'),
        ("$(calc)", '"`$(calc)"'),
        ("a`nb", '"a``nb"'),
        ("“; calc ”", '"`“; calc `”"'),
        ('"&calc"', '"""&calc"""'),
        ("100%", '"100%"'),
        ("a\ncalc\x1b", '"a`u{a}calc`u{1b}"'),
        ("-image.png", '"-image.png"'),
        ("", '""'),
    ],
)
def test_neither_shell_of_windows_runs_what_is_in_a_name(word, quoted):
    assert quote([word], windows=True) == quoted


def test_every_kind_of_job_has_its_verb():
    jobs = [
        EvaluateJob(model="/run", dataset="/d"),
        ExportJob(run="/run", precision="fp32"),
        PredictJob(model="/run", images=("/a", "/b"), output="/o"),
    ]
    assert [compose(job).split()[1] for job in jobs] == ["evaluate", "export", "predict"]


def test_a_probe_has_the_words_of_its_training():
    train = TrainJob(recipe=find("rtmdet_inst_tiny"), dataset="/d", weights="/w", devices=2, nodes=3)
    assert train.arguments()[-6:] == ["--weights", "/w", "--devices", "2", "--nodes", "3"]
    assert ProbeJob(train=train).arguments() == ["probe", *train.arguments()[1:]]


def test_a_described_job_tells_what_it_ran_on():
    file = describe(ExportJob(run="/run"))
    assert file.command == "maskwright export /run --precision fp16"
    assert {"python", "openvino"} <= file.versions.keys()
