# `service` is what runs: the API and, in containers of their own, the stand-ins for AWS and Instagram. `dev` is where the
# tests run. Builders without BuildKit build every stage above the one they are asked for, so that one comes last.

FROM node:24-bookworm-slim AS assembly
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# What npm marks as optional is for development here, too; declarations and source maps are for editors.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund --no-update-notifier \
  && find node_modules -type f \( -name '*.map' -o -name '*.[cm]ts' -o -name '*.ts' -o -name '*.md' \) -delete
COPY functions functions
COPY lib lib
COPY local local
COPY migrations migrations
RUN find functions lib local \( -name testing -o -name '*.test.ts' \) -prune -exec rm -r {} + \
  && rm local/install.mjs

FROM node:24-bookworm-slim AS service
ENV NODE_ENV=production DATA_DIR=/data
# A new volume takes owner and mode from the folder it is mounted on. Everything else is root's: nothing can change it.
RUN install -d -o node -g node -m 0700 /data
WORKDIR /app
COPY --from=assembly /app .
USER node
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "local/check-health.ts", "http://127.0.0.1:8000/api/v1/health"]
CMD ["node", "local/start.ts"]

FROM node:24-bookworm-slim AS dev
WORKDIR /app
RUN chown node:node /app
USER node
COPY --chown=node:node package.json package-lock.json .npmrc ./
COPY --chown=node:node local/install.mjs local/
RUN node local/install.mjs
COPY --chown=node:node . .
CMD ["npm", "test"]
