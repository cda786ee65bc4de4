"""The one import of pymilvus, with its habits undone."""

from __future__ import annotations

import gc
import logging
import os
import sys
import threading
from typing import Any

_importing = threading.Lock()
_HIDDEN = ("MILVUS_URI", "MILVUS_DEFAULT_CONNECTION", "PYTHON_DOTENV_DISABLED")


def pymilvus() -> Any:
    """The library, imported on first use: it costs a process 1.2 s and 70 MB.

    It brings pandas, which brings pyarrow where that is installed (milvus-lite needs it, in its own process): 34 MB
    that no caller here uses. So pyarrow is out of sight during the import, and pandas does without.

    At import it reads MILVUS_URI itself and raises if that is `unix:…`, and it copies the `.env` above the directory it
    is installed in into os.environ; both are kept from it. Later it prints every failed call with a traceback although
    it raises it too; that is silenced.
    """
    with _importing:
        if "pymilvus" not in sys.modules:
            kept = {name: os.environ.pop(name, None) for name in _HIDDEN}
            os.environ["PYTHON_DOTENV_DISABLED"] = "1"
            unwanted = {} if "pyarrow" in sys.modules else {"pyarrow": None}
            sys.modules.update(unwanted)  # type: ignore[arg-type]  # None: "not to be imported"
            try:
                import pymilvus
            finally:
                for name in unwanted:
                    del sys.modules[name]
                del os.environ["PYTHON_DOTENV_DISABLED"]
                os.environ.update({name: value for name, value in kept.items() if value is not None})
            logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
            gc.freeze()  # 50,000 objects that live as long as the process: the collector need not look at them again
            return pymilvus
        return sys.modules["pymilvus"]
