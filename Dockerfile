# One image: lock file, then packages, then code; what only the build needs stays behind. The service listens on
# 8000 as an ordinary user.
FROM python:3.11-slim AS build
ENV PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app

# PyTorch's index of CPU builds keeps gigabytes of CUDA libraries out: --build-arg TORCH_INDEX=<its address>
ARG TORCH_INDEX=""
COPY requirements.lock ./
RUN python -m venv /opt/maillon \
 && /opt/maillon/bin/pip install ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} -c requirements.lock torch==2.13.0

COPY pyproject.toml README.md LICENSE ./
COPY data/reference data/reference
COPY data/sample data/sample
COPY data/polyglot data/polyglot
COPY models models
COPY matcher matcher
COPY service service
RUN /opt/maillon/bin/pip install -c requirements.lock '.[service,tables,postgresql]'

FROM python:3.11-slim
COPY --from=build /opt/maillon /opt/maillon
RUN useradd --create-home --uid 10001 maillon && install -d -o maillon /data /models
USER maillon
WORKDIR /data
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PATH=/opt/maillon/bin:$PATH MAILLON_MODE=production \
    MAILLON_WORKSPACE=/data/maillon.db MAILLON_CACHE=/models MAILLON_MODELS=/data/models
# The embedded model is laid out once, while building, so that a container starts offline and at once.
RUN maillon demo --limit 1 > /dev/null
VOLUME /data
EXPOSE 8000
# Ready is not live: it waits for the model and for the index, which takes minutes when texts have to be encoded.
HEALTHCHECK --interval=30s --timeout=5s --start-period=300s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]
CMD ["maillon", "serve", "--host", "0.0.0.0"]
