"""A producer: sends two meals of one lot to the server and waits until each is stored.

    pip install websockets
    python3 examples/producer.py ws://127.0.0.1:8000/ws/gavage

docs/GLOSSARY.md explains the words of a meal; /docs/ of a running server describes the rest.
"""

import datetime
import json
import sys

from websockets.sync.client import connect

URL = sys.argv[1] if len(sys.argv) > 1 else "ws://127.0.0.1:8000/ws/gavage"

# One frame is one meal: a lot ("code_lot") is fed twice a day ("jour", "moment"). Doses are grams of maize for each duck.
MEAL = {
    "code_lot": "LL2512902", "gaveur_id": 902, "gaveur_nom": "Jeanne Dupont", "site": "LL", "genetique": "Mulard",
    "jour": 0, "dose_theorique": 240, "dose_reelle": 238.5, "poids_moyen": 4210,
    "nb_canards_vivants": 1024, "taux_mortalite": 0.2, "temperature_stabule": 21.5, "humidite_stabule": 62,
}

with connect(URL) as socket:
    json.loads(socket.recv())  # the welcome: connection_established
    for moment in ["matin", "soir"]:
        now = datetime.datetime.now(datetime.timezone.utc).isoformat()
        socket.send(json.dumps({**MEAL, "moment": moment, "timestamp": now}))
        answer = json.loads(socket.recv())  # then one answer per meal, in order
        if answer["type"] == "ack":
            # The meal is in the database. Without an ack, send it again: the same meal twice is stored once.
            print(f"stored: {moment}")
        else:
            # "error" is a sentence. With "retry_after_ms" the server could not store the meal now: send it again after that time.
            print(f"refused: {moment}: {answer['error']}")
