import shutil
import subprocess
import sys
from pathlib import Path

out = Path("out/overlay")
out.mkdir(parents=True)
subprocess.run(
    [
        *(Path(sys.executable).with_name("oas-patch"), "overlay"),
        *("ours/openapi.yaml", "ours/overlay.yaml"),
        *("--output", out / "openapi.yaml"),
    ],
    check=True,
)
shutil.copy("ours/parts.yaml", out)
