# The mock in a container, without root:
#   docker build --tag cbmock .
#   docker run --rm --publish 127.0.0.1:4020:4020 --volume "$PWD/openapi.yaml:/spec/openapi.yaml:ro" cbmock
FROM python:3.13-slim AS build
COPY pyproject.toml README.md LICENSE /project/
COPY receiver /project/receiver
RUN python -m venv /cbmock \
 && /cbmock/bin/pip install --no-cache-dir '/project[proxy,signatures,postgres,tls,http2]' \
 && /cbmock/bin/pip uninstall --yes --quiet pip

FROM python:3.13-slim
RUN useradd --uid 10001 --no-create-home --home-dir /spec cbmock
COPY --from=build /cbmock /cbmock
ENV PATH=/cbmock/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /spec
USER 10001
EXPOSE 4020
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s \
    CMD ["cbmock", "wait", "--ready", "--url", "http://127.0.0.1:4020", "--timeout", "3"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["cbmock"]
CMD ["serve", "openapi.yaml", "--host", "0.0.0.0"]
