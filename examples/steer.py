#!/usr/bin/env python3
"""A program in another language: gives an agent a new subject by appending a row to the table `queue`.

It needs no server and no code of Troupe, only a LanceDB client:

    pip install lancedb
    python3 examples/steer.py data/troupe agent1 "dogs"
"""

import json
import sys
import time
import uuid
from datetime import timedelta

import lancedb

WAIT_S = 30


def main(database: str, agent_id: str, subject: str) -> int:
    # Without this interval, a reader would keep the version of the table that it opened.
    connection = lancedb.connect(database, read_consistency_interval=timedelta(0))
    queue = connection.open_table("queue")
    # Repeat this after a failure with the same id: the action is carried out only once.
    action_id = str(uuid.uuid4())
    queue.add(
        [
            {
                "id": action_id,
                "action": "agent_interrupt",
                "actor": "steer.py",
                "payload": json.dumps({"agent_id": agent_id, "guidance": {"subject": subject}}),
                "created_at": int(time.time() * 1000),
                "processed": False,
            }
        ]
    )
    for _ in range(WAIT_S * 10):
        [row] = queue.search().where(f"id = '{action_id}'").limit(1).to_list()
        if row["processed"]:
            print(row["outcome"], row["error"] or "")
            return 0 if row["outcome"] == "done" else 1
        time.sleep(0.1)
    print(f"not processed within {WAIT_S} s: is Troupe running on {database}?", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
