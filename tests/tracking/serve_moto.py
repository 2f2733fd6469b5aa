"""Plays DynamoDB and SQS with moto: says where on stdout, and ends when stdin does, as it does when its starter dies."""

import sys

from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
print(f"moto listening on http://{host}:{port}", flush=True)
sys.stdin.read()
