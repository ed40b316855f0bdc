"""Settings: what a person reads about them and what the schema lets through."""

import msgspec
import pytest

from core.errors import UserError
from core.recipes.catalogue import catalogue, changes, find, read, with_schedule, with_settings
from core.recipes.fields import fields
from core.recipes.schema import TrainingSettings


def test_every_setting_explains_itself():
    assert [field.name for field in fields()] == list(TrainingSettings.__struct_fields__)
    for field in fields():
        assert field.title and field.help.endswith("."), field.name
        assert field.title[0].isupper()


def test_three_settings_come_first():
    assert [field.name for field in fields() if field.group == "basic"] == ["epochs", "batch_size", "input_size"]


def test_ranges_reach_the_form():
    by_name = {field.name: field for field in fields()}
    assert (by_name["input_size"].minimum, by_name["input_size"].maximum) == (64, 4096)
    assert by_name["input_size"].multiple_of == 32
    assert by_name["learning_rate"].minimum == 0 and by_name["learning_rate"].exclusive_minimum
    assert by_name["momentum"].exclusive_maximum and not by_name["momentum"].exclusive_minimum
    assert by_name["decay"].choices == ("plateau", "cosine", "flat_cosine")
    assert by_name["pretrained"].kind == "bool"


def test_the_catalogue_is_what_lies_in_the_folder():
    assert {"rtmdet_inst_tiny", "maskrcnn_resnet50"} <= {recipe.name for recipe in catalogue()}
    for recipe in catalogue():
        assert changes(recipe) == {}


def test_settings_may_come_as_text():
    recipe = with_settings(find("rtmdet_inst_tiny"), {"epochs": "5", "learning_rate": "1e-3", "pretrained": "false"})
    assert (recipe.settings.epochs, recipe.settings.learning_rate, recipe.settings.pretrained) == (5, 1e-3, False)
    assert set(changes(recipe)) == {"epochs", "learning_rate", "pretrained"}


@pytest.mark.parametrize("text", [".5", "5e-1", " 0.5", "+.50"])
def test_a_number_may_be_written_as_people_do(text):
    assert with_settings(find("rtmdet_inst_tiny"), {"learning_rate": text}).settings.learning_rate == 0.5


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("epochs", 0, ">= 1"),
        ("input_size", 100, "multiple of 32"),
        ("learning_rate", "fast", "float"),
        ("learning_rate", "nan", "> 0"),
        ("weight_decay", "nan", ">= 0"),
        ("learning_rate", "inf", "<= 10"),
        ("learning_rate", "1e400", "<= 10"),
        ("learning_rate", "-.5", "> 0"),
        ("decay", "never", "never"),
    ],
)
def test_a_wrong_value_names_the_setting_and_the_reason(name, value, says):
    with pytest.raises(UserError) as caught:
        with_settings(find("rtmdet_inst_tiny"), {name: value})
    assert caught.value.message.startswith(name)
    assert says in caught.value.message


def test_an_unknown_setting_lists_the_known_ones():
    with pytest.raises(UserError) as caught:
        with_settings(find("rtmdet_inst_tiny"), {"epoch": 3})
    assert "epochs" in caught.value.hint


def test_an_unknown_recipe_lists_the_known_ones():
    with pytest.raises(UserError) as caught:
        find("rtmdet")
    assert "rtmdet_inst_tiny" in caught.value.hint


def test_a_written_recipe_reads_back(tmp_path):
    recipe = with_settings(find("maskrcnn_resnet50"), {"epochs": 3})
    path = tmp_path / "mine.yaml"
    path.write_bytes(msgspec.yaml.encode(recipe))
    assert read(path) == recipe == find(str(path))


@pytest.mark.parametrize("recipe", catalogue(), ids=lambda recipe: recipe.name)
def test_a_recipe_can_be_trained_the_classic_way(recipe):
    classic = with_schedule(recipe, "classic")
    assert classic.schedule == "classic" and classic.name == recipe.name
    assert (classic.settings.optimizer, classic.settings.momentum, classic.settings.weight_decay) == ("sgd", 0.9, 1e-4)
    assert (classic.settings.warmup_iterations, classic.settings.decay) == (200, "plateau")
    assert classic.settings.flip == 0.5 and classic.settings.ema_decay and classic.settings.early_stopping_patience
    assert changes(classic) == {}, "a schedule of the recipe is no change to it"
    assert with_schedule(classic, "tuned") == with_schedule(recipe, "tuned")


def test_a_broken_recipe_names_file_and_setting(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_bytes(msgspec.yaml.encode(find("rtmdet_inst_tiny")).replace(b"epochs: 100", b"epochs: many"))
    with pytest.raises(UserError) as caught:
        read(path)
    assert "mine.yaml" in caught.value.message and "settings.epochs" in caught.value.message


def test_input_size_decides_what_the_network_takes():
    spec = with_settings(find("rtmdet_inst_tiny"), {"input_size": 320}).input_spec()
    assert (spec.height, spec.width, spec.pad_value) == (320, 320, 114)
    assert msgspec.json.decode(msgspec.json.encode(spec), type=type(spec)) == spec


def test_a_setting_that_matters_only_with_another_names_one_of_its_choices():
    known = {field.name: field for field in fields()}
    dependent = [field for field in fields() if field.needs]
    assert {"tile_size", "momentum"} <= {field.name for field in dependent}
    for field in dependent:
        name, choices = field.needs
        assert known[name].kind == "choice" and set(choices) < set(known[name].choices)
