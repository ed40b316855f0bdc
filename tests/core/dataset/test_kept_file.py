"""What a dataset keeps in its folder is written, or it is said why not."""

import pytest

from core.dataset import channel_file
from core.dataset.splits import split_file
from core.dataset.splits.split_file import SplitFile
from core.errors import UserError


@pytest.mark.parametrize(
    ("file", "value"), [(split_file, SplitFile(rule=None, splits={"train": ["a.png"]})), (channel_file, None)]
)
def test_a_folder_that_is_away_is_said_to_be_and_not_made_anew(file, value, tmp_path):
    folder = tmp_path / "disk" / "parts"
    folder.mkdir(parents=True)
    folder.rename(tmp_path / "moved")
    if value is None:
        file.write(folder, None)  # nothing is there, as is wanted
    else:
        with pytest.raises(UserError, match="parts is not there: its disk was unmounted") as raised:
            file.write(folder, value)
        assert raised.value.hint == "bring it back, then do this once more"
    assert not folder.exists()
