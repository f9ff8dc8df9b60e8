# The pipeline in a container: Debian's Python, the pinned packages, runs in a volume.
#
#   docker build -t heidi .                                  # CPU: --build-arg INDEX=https://download.pytorch.org/whl/cpu
#   docker run --rm heidi doctor                             # which tier of the sandbox holds in there
#   docker run --rm -it -v heidi-runs:/runs heidi run        # --gpus all where there is an NVIDIA card
#
# It runs as root so that the sandbox's tier `uid` can hold where Docker denies namespaces (docs/sandbox.md).
FROM python:3.12-slim

# A further index that may offer another build of PyTorch, such as the small one for CPUs.
ARG INDEX=""
ENV PIP_NO_CACHE_DIR=1 OUT_DIR=/runs

WORKDIR /heidi
COPY requirements.txt requirements.lock ./
COPY scripts scripts
COPY autotrain/environment.py autotrain/environment.py
RUN PIP_EXTRA_INDEX_URL="$INDEX" ./scripts/setup.sh

COPY . .
VOLUME /runs
ENTRYPOINT ["/heidi/.venv/bin/heidi"]
CMD ["doctor", "--offline"]
