#!/usr/bin/env python3
"""Keeps the table `inventory` of a PostgreSQL database up to date: update.py DATABASE [HOST:PORT].

The database is written first, the offsets are committed to the group afterwards. What comes twice then, after a crash of this
program or of the broker, changes nothing: the place (topic, partition, offset) of the last change is kept beside the table,
in the same transaction.
"""
import json
import sys
import time

import psycopg2
from kafka import KafkaConsumer
from kafka.errors import KafkaError

TABLES = """
create table if not exists inventory (store text, item text, quantity bigint not null, primary key (store, item));
create table if not exists applied (topic text, partition int, next_offset bigint not null, primary key (topic, partition));
"""


def apply(cursor, record):
    """True if this record was new."""
    cursor.execute("""insert into applied values (%s, %s, %s)
                      on conflict (topic, partition) do update set next_offset = excluded.next_offset
                      where applied.next_offset < excluded.next_offset""", (record.topic, record.partition, record.offset + 1))
    if cursor.rowcount == 0:
        return False
    cursor.execute("""insert into inventory values (%s, %s, %s)
                      on conflict (store, item) do update set quantity = inventory.quantity + excluded.quantity""",
                   (record.topic.replace("inventory_", ""), record.value["item"], record.value["change"]))
    return True


def main(database, servers="localhost:9092"):
    connection = psycopg2.connect(database)
    with connection, connection.cursor() as cursor:
        cursor.execute(TABLES)
    consumer = KafkaConsumer("inventory_store1", "inventory_store2", "inventory_store3", bootstrap_servers=servers, group_id="inventory",
                             value_deserializer=json.loads, auto_offset_reset="earliest", enable_auto_commit=False,
                             session_timeout_ms=6000, heartbeat_interval_ms=500)
    again = 0
    while True:
        try:
            batches = consumer.poll(timeout_ms=500)
        except KafkaError as error:
            print(f"the broker does not answer: {error}", flush=True)
            time.sleep(0.1)
            continue
        records = [record for batch in batches.values() for record in batch]
        if not records:
            continue
        with connection, connection.cursor() as cursor:
            again += sum(not apply(cursor, record) for record in records)
        try:
            consumer.commit()
        except KafkaError as error:
            print(f"not committed, will come again: {error}", flush=True)
        print(f"{len(records)} records, {again} came again so far", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
