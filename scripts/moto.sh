#!/bin/sh
# Installs moto, which plays DynamoDB and SQS, and boto3 into target/moto. Says nothing where nothing is missing.
set -eu
cd "$(dirname "$0")/.."

moto=5.2.5
folder=target/moto

if [ -e "$folder/$moto" ]; then
    exit 0
fi

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        echo "python3-venv is missing, and installing it takes root: run this as root, or install sudo" >&2
        exit 1
    fi
}

# Debian's Python comes without what fills a virtual environment.
if ! python3 -c 'import ensurepip, venv' >/dev/null 2>&1; then
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "python3 with venv is missing: install it with your system's packages, then try again" >&2
        exit 1
    fi
    echo "Installing python3-venv with apt-get" >&2
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends python3-venv >/dev/null
fi

echo "Installing moto $moto and boto3 into $folder" >&2
rm -rf "$folder"
python3 -m venv "$folder"
# What is never imported need not be compiled.
"$folder/bin/pip" install --quiet --no-compile --disable-pip-version-check "moto[server]==$moto" boto3
# Only now is it whole.
touch "$folder/$moto"
