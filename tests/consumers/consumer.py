"""A consumer's program, which does what the one does that cannot be changed: it looks for products, scans one that it has not rated yet, and
rates it, all from one address.

Prints one JSON object a line: {"rated": product}, {"status": number, "of": address}.
"""

import argparse
import json
import random
import time
import urllib.error
import urllib.parse
import urllib.request

# Share of the people, and the stars that they give.
PEOPLE = [(0.15, (4, 5)), (0.45, (3, 4)), (0.25, (3, 3)), (0.10, (2, 3)), (0.05, (1, 2))]


def ask(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def stars(grade):
    low, high = random.choices([stars for _, stars in PEOPLE], [share for share, _ in PEOPLE])[0]
    better = {"A+": 1, "A": 1, "C": -1, "D": -1}.get(grade, 0)
    return max(1, min(5, random.randint(low, high) + better))


def feedback(product, grade):
    overall = stars(grade)
    near = lambda: max(1, min(5, overall + random.randint(-1, 1)))
    return {
        "qr_code": product["qr_code"],
        "product_id": product["product_id"],
        "overall_rating": overall,
        "detailed_ratings": {name: near() for name in ["texture", "flavor", "color", "aroma", "freshness"]},
        "comment": random.choice([None, "Très bon produit, je recommande !"]),
        "consumption_context": random.choice(["home", "restaurant", "special_event", "gift"]),
        "consumption_date": time.strftime("%Y-%m-%d"),
        "consumer_age_range": "36-50",
        "consumer_region": "Bretagne",
        "would_recommend": overall >= 4,
        "repurchase_intent": overall,
        "photo_urls": [],
        "device_type": "mobile",
        "app_version": "1.0.0",
    }


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--api-url", required=True)
    arguments.add_argument("--interval", type=float, default=10)
    arguments.add_argument("--code-lot")
    arguments.add_argument("--rounds", type=int, default=10)
    given = arguments.parse_args()
    query = "" if given.code_lot is None else "?" + urllib.parse.urlencode({"code_lot": given.code_lot})
    rated = set()
    for _ in range(given.rounds):
        status, products = ask(f"{given.api_url}/api/consumer/products{query}")
        assert status == 200, products
        new = [product for product in products if product["qr_code"] not in rated]
        if new:
            product = random.choice(new)
            path = f"{given.api_url}/api/consumer/scan/{product['qr_code']}"
            status, scan = ask(path)
            assert status == 200 and scan["success"], scan
            told = scan["traceability"]
            assert told["product_id"] == product["product_id"] and told["sqal_grade"] == product["sqal_grade"], scan
            status, answer = ask(f"{given.api_url}/api/consumer/feedback", feedback(product, told["sqal_grade"]))
            print(json.dumps({"status": status, "id": answer.get("feedback_id"), "message": answer.get("message")}), flush=True)
            rated.add(product["qr_code"])
        time.sleep(given.interval)


main()
