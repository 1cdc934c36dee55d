"""Files of tables appear whole: `smartx96.partial_file`, which the panel shares."""

from smartx96.partial_file import whole_file

__all__ = ["whole_file"]
