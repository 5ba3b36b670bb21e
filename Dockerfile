FROM python:3.13-slim

WORKDIR /src
COPY pyproject.toml LICENSE README.md ./
COPY duetime duetime
RUN pip install --no-cache-dir . && rm -rf /src

RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/duetime duetime
USER duetime
WORKDIR /var/lib/duetime
RUN mkdir -m 0700 data
VOLUME /var/lib/duetime/data

# Inside a container only its own network can reach it; what is published is the choice of who runs it.
ENV DUETIME_HTTP_HOST=0.0.0.0 DUETIME_HTTP_PORT=8080
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=2)"]

CMD ["duetime", "run"]
