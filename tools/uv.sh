# Sourced: sets UV to a uv program, installing the pinned one into a private environment when there is none.
UV_VERSION=0.13.9
if command -v uv >/dev/null 2>&1; then
    UV=$(command -v uv)
else
    UV=$PWD/.cache/uv/bin/uv
    if [[ ! -x $UV ]]; then
        python3 -m venv .cache/uv
        .cache/uv/bin/python -m pip install --quiet --disable-pip-version-check "uv==$UV_VERSION"
    fi
fi
