# aacbench on a CPU, with Java for the official tools: `docker build -t aacbench . && docker run aacbench run rlssr soundscapes`
# torch comes as the CPU build, a fifth of the size; without torchaudio, which aacbench does not need.
FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE CHANGELOG.md constraints.txt ./
COPY aacbench aacbench
COPY plugins plugins
RUN python -m venv /opt/aacbench \
 && /opt/aacbench/bin/pip install --no-cache-dir torch --index-url https://download.pytorch.org/whl/cpu \
 && /opt/aacbench/bin/pip install --no-cache-dir . \
 && /opt/aacbench/bin/pip uninstall --yes torchaudio

FROM python:3.13-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends default-jre-headless \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home aacbench
COPY --from=build /opt/aacbench /opt/aacbench
ENV PATH=/opt/aacbench/bin:$PATH AACBENCH_HOME=/home/aacbench/cache
USER aacbench
WORKDIR /home/aacbench/work
ENTRYPOINT ["aacbench"]
CMD ["doctor"]
