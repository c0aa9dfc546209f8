"""A merchant in Python with nothing but requests and cryptography, through the simulator's proxy, at WeChat's own addresses.

HTTPS_PROXY and REQUESTS_CA_BUNDLE come from the environment, as the simulator's `env` command prints them.
"""

import base64
import hashlib
import json
import os
import secrets
import threading
import time
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer

import requests
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509 import load_pem_x509_certificate

MERCHANT = json.loads(os.environ["MERCHANT"])
API = "https://api.mch.weixin.qq.com"
KEY = serialization.load_pem_private_key(MERCHANT["privateKeyPem"].encode(), password=None)
PLATFORM = {
    serial: load_pem_x509_certificate(pem.encode()).public_key()
    for serial, pem in MERCHANT["platformCertificates"].items()
}
PLATFORM[MERCHANT["publicKeyId"]] = serialization.load_pem_public_key(MERCHANT["publicKeyPem"].encode())


def verify(headers, body: str) -> None:
    message = f"{headers['Wechatpay-Timestamp']}\n{headers['Wechatpay-Nonce']}\n{body}\n"
    PLATFORM[headers["Wechatpay-Serial"]].verify(
        base64.b64decode(headers["Wechatpay-Signature"]), message.encode(), padding.PKCS1v15(), hashes.SHA256()
    )


def call(method: str, path: str, body=None, signed_reply=True):
    text = "" if body is None else json.dumps(body, ensure_ascii=False)
    timestamp, nonce = str(int(time.time())), secrets.token_hex(16).upper()
    message = f"{method}\n{path}\n{timestamp}\n{nonce}\n{text}\n"
    signature = base64.b64encode(KEY.sign(message.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()
    headers = {
        "Authorization": "WECHATPAY2-SHA256-RSA2048 "
        f'mchid="{MERCHANT["mchid"]}",nonce_str="{nonce}",timestamp="{timestamp}",'
        f'serial_no="{MERCHANT["serial"]}",signature="{signature}"',
        "Accept": "application/json",
        "Content-Type": "application/json",
    }
    response = requests.request(method, API + path, data=text.encode(), headers=headers, timeout=10)
    if response.ok and signed_reply:
        verify(response.headers, response.content.decode())
    return response


accepted = []


class Door(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        verify(self.headers, body)
        event = json.loads(body)
        resource = event["resource"]
        plain = AESGCM(MERCHANT["apiV3Key"].encode()).decrypt(
            resource["nonce"].encode(),
            base64.b64decode(resource["ciphertext"]),
            resource["associated_data"].encode(),
        )
        accepted.append({"event_type": event["event_type"], **json.loads(plain)})
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def control(verb: str, body=None):
    session = requests.Session()
    session.trust_env = False
    url = f'{MERCHANT["httpUrl"]}/_simulator/{verb}'
    response = session.get(url) if body is None else session.post(url, json=body)
    response.raise_for_status()
    return response.json()


def payer_pays(prepay_id: str) -> None:
    """The payer's phone verifies what the page hands to the bridge, shows the sheet and takes the password."""
    parameters = {
        "appId": MERCHANT["appid"],
        "timeStamp": str(int(time.time())),
        "nonceStr": secrets.token_hex(16),
        "package": f"prepay_id={prepay_id}",
    }
    text = "".join(f"{value}\n" for value in parameters.values())
    signature = KEY.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    parameters |= {"signType": "RSA", "paySign": base64.b64encode(signature).decode()}
    user, origin = MERCHANT["payer"], MERCHANT["origin"]
    viewer = {"userId": user["userId"], "device": "android", "entry": "menu"}
    page = {"currentUrl": f"{origin}/", "landingUrl": f"{origin}/"}
    shown = control("phone/cashier", {"viewer": viewer, "page": page, "parameters": parameters})
    entry = {"userId": user["userId"], "prepayId": shown["sheet"]["prepayId"], "password": user["payPassword"]}
    control("phone/pay", entry)
    control("clock", {"advanceSeconds": 1})


door = HTTPServer(("127.0.0.1", 0), Door)
threading.Thread(target=door.serve_forever, daemon=True).start()
notify = f"http://127.0.0.1:{door.server_port}"
token = requests.get(
    "https://api.weixin.qq.com/cgi-bin/token",
    params={"grant_type": "client_credential", "appid": MERCHANT["appid"], "secret": MERCHANT["secret"]},
    timeout=10,
).json()
order = {
    "appid": MERCHANT["appid"],
    "mchid": MERCHANT["mchid"],
    "description": "六安瓜片",
    "out_trade_no": "PYTHON0001",
    "notify_url": f"{notify}/paid",
    "amount": {"total": 5500, "currency": "CNY"},
    "payer": {"openid": MERCHANT["openid"]},
}
prepaid = call("POST", "/v3/pay/transactions/jsapi", order).json()
payer_pays(prepaid["prepay_id"])
queried = call("GET", f'/v3/pay/transactions/out-trade-no/PYTHON0001?mchid={MERCHANT["mchid"]}').json()
refunded = call(
    "POST",
    "/v3/refund/domestic/refunds",
    {
        "out_trade_no": "PYTHON0001",
        "out_refund_no": "PYTHONR001",
        "notify_url": f"{notify}/refunded",
        "amount": {"refund": 5500, "total": 5500, "currency": "CNY"},
    },
).json()
control("clock", {"advanceSeconds": 60})
refund_queried = call("GET", "/v3/refund/domestic/refunds/PYTHONR001").json()
china = timezone(timedelta(hours=8))
day = datetime.fromtimestamp(control("clock")["nowMs"] / 1000, china)
noon = (day + timedelta(days=1)).replace(hour=12, minute=0, second=0)
control("clock", {"advanceSeconds": (noon - day).total_seconds()})
application = call("GET", f"/v3/bill/tradebill?bill_date={day:%Y-%m-%d}&bill_type=ALL").json()
file = call("GET", application["download_url"].removeprefix(API), signed_reply=False)
door.shutdown()
print()
print(
    json.dumps(
        {
            "token": sorted(token),
            "prepaid": prepaid,
            "queried": queried,
            "accepted": accepted,
            "refunded": refunded,
            "refundQueried": refund_queried,
            "hashMatches": hashlib.sha1(file.content).hexdigest() == application["hash_value"],
            "bill": file.content.decode("utf-8-sig"),
        },
        ensure_ascii=False,
    )
)
