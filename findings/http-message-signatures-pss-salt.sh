#!/usr/bin/env bash
# http-message-signatures 1.0.6 (npm) beside http-message-signatures 3.0.0 (PyPI): RFC 9421, 3.3.1
# fixes the salt of `rsa-pss-sha512` at 64 bytes. The signer of Node's package names no length,
# and OpenSSL takes the longest that fits the key: 190 bytes with 2048 bits. A verifier that
# goes by the RFC, as its namesake in Python does, refuses each such signature; that of
# Node's package passes them, so its users' own tests do as well.
#
# Guessed: two packages for one RFC understand each other under the name of an algorithm.
# Seen: they do for the other RSA algorithm; for this one InvalidSignature.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund http-message-signatures@1.0.6 > npm.txt 2>&1
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    'http-message-signatures==3.0.0' 'requests==2.34.2'
cat > sign.mjs <<'JS'
import crypto from "node:crypto";
import { createSigner, createVerifier, httpbis } from "http-message-signatures";

const { privateKey, publicKey } = crypto.generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = publicKey.export({ type: "spki", format: "pem" });
const request = { method: "POST", url: "https://example.com/hook", headers: {} };
const sent = [];
for (const name of ["rsa-v1_5-sha256", "rsa-pss-sha512"]) {
  const key = createSigner(privateKey, name, "k");
  const { headers } = await httpbis.signMessage({ key, fields: ["@method"] }, request);
  const keyLookup = async () => ({ id: "k", verify: createVerifier(publicKey, name) });
  const good = await httpbis.verifyMessage({ keyLookup }, { ...request, headers });
  sent.push({ name, pem, headers, node: good ? "good" : "refused" });
}
console.log(JSON.stringify(sent));
JS
node sign.mjs > sent.json
cat > verify.py <<'PY'
import base64
import json

import requests
from cryptography import exceptions as primitive
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from http_message_signatures import HTTPMessageVerifier, HTTPSignatureKeyResolver
from http_message_signatures import InvalidSignature, algorithms

KNOWN = (algorithms.RSA_V1_5_SHA256, algorithms.RSA_PSS_SHA512)
ALGORITHMS = {known.algorithm_id: known for known in KNOWN}


class Keys(HTTPSignatureKeyResolver):
    def resolve_public_key(self, key_id):
        return sent["pem"].encode()


for sent in json.load(open("sent.json")):
    url = "https://example.com/hook"
    request = requests.Request("POST", url, sent["headers"]).prepare()
    algorithm = ALGORITHMS[sent["name"]]
    try:
        HTTPMessageVerifier(signature_algorithm=algorithm, key_resolver=Keys()).verify(request)
        python = "good"
    except InvalidSignature:
        python = "InvalidSignature"
    print(f"{sent['name']}: {sent['node']} in Node, {python} in Python")

key = serialization.load_pem_public_key(sent["pem"].encode())
signature = base64.b64decode(sent["headers"]["Signature"].split(":")[1])
parameters = sent["headers"]["Signature-Input"].removeprefix("sig=")
signed = f'"@method": POST\n"@signature-params": {parameters}'.encode()
for length in (64, 190):
    salted = padding.PSS(padding.MGF1(hashes.SHA512()), length)
    try:
        key.verify(signature, signed, salted, hashes.SHA512())
    except primitive.InvalidSignature:
        continue
    print("bytes of salt:", length)
PY
venv/bin/python verify.py | tee seen
diff seen - <<'EXPECTED'
rsa-v1_5-sha256: good in Node, good in Python
rsa-pss-sha512: good in Node, InvalidSignature in Python
bytes of salt: 190
EXPECTED
