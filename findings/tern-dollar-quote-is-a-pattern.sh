#!/usr/bin/env bash
# @hookflo/tern 4.1.0 (npm): what was signed is put together by `replace("{body}", body)`. There
# a dollar with a quote, an ampersand or a second dollar behind it is a pattern of JavaScript's,
# not text. An event that holds one, as amounts in US$'000, has "Invalid signature"; the
# same event without it passes, so that no test shows it.
#
# Guessed: the body is signed as it is; the standardwebhooks package 1.1.1 takes all of them.
# Seen: two good signatures of four are refused, by the characters of the body.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund @hookflo/tern@4.1.0 standardwebhooks@1.1.1 > npm.txt 2>&1
cat > try.cjs <<'JS'
const { WebhookVerificationService } = require("@hookflo/tern");
const { Webhook } = require("standardwebhooks");

const secret = `whsec_${Buffer.from("k".repeat(24)).toString("base64")}`;
const webhook = new Webhook(secret);
const now = new Date();

async function main() {
  for (const unit of ["US$", "US$ '000", "US$'000", "$&EUR"]) {
    const body = JSON.stringify({ unit });
    const headers = {
      "webhook-id": "msg_1",
      "webhook-timestamp": `${Math.floor(now / 1000)}`,
      "webhook-signature": webhook.sign("msg_1", now, body),
    };
    const good = webhook.verify(body, headers).unit === unit;
    const request = new Request("http://receiver.example/", { method: "POST", headers, body });
    const config = { platform: "dodopayments", secret };
    const { isValid, error } = await WebhookVerificationService.verify(request, config);
    console.log(unit.padEnd(8), good ? "good" : "bad", "->", isValid ? "good" : error);
  }
}

main();
JS
node try.cjs | tee seen
diff seen - <<'EXPECTED'
US$      good -> good
US$ '000 good -> good
US$'000  good -> Invalid signature
$&EUR    good -> Invalid signature
EXPECTED
