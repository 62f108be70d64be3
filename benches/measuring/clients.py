"""Clients by the million: copies, made by SQL, of one that was registered as everybody registers theirs."""

import base64
import http.client
import json
import time
import urllib.parse

from . import database
from .browser import FORM
from .load import Request

TOKEN, FORM_OF_TOKEN = "/oauth2/token", {"grant_type": "client_credentials", "scope": "records:read"}
SERVICE = ["--type", "service", "--grant-type", "client_credentials", "--scope", "records:read"]

# Names no column but those that tell rows apart: what is copied stays right when a column is added.
COPY = """
create function pg_temp.columns(copied regclass) returns text language sql as $$
    select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
    where attrelid = copied and attnum > 0 and not attisdropped and attgenerated = ''
$$;
create function pg_temp.copies(copied regclass, example text, count integer, difference text) returns void
language plpgsql as $$
begin
    execute format(
        'insert into %1$s (%2$s) select %3$s from %1$s, generate_series(1, %4$s) n,
         lateral jsonb_populate_record(%1$s, %5$s) made where %1$s.%6$s',
        copied, pg_temp.columns(copied), regexp_replace(pg_temp.columns(copied), '([^ ,]+)', 'made.\\1', 'g'),
        count, difference, example);
    execute format('analyze %s', copied);
end $$;
"""
FEW = """
select pg_temp.copies('apis', $$identifier = 'https://records.example/api'$$, 200, $$
    jsonb_build_object('api_id', md5('bench ' || n)::uuid, 'identifier', 'https://bench.example/' || n, 'name', 'Bench ' || n)
$$);
select pg_temp.copies('scopes', $$name = 'records:read'$$, 2000, $$
    jsonb_build_object('name', 'bench:' || n, 'api_id', md5('bench ' || 1 + n % 200)::uuid)
$$);
select pg_temp.copies('roles', $$name = (select min(name) from roles where not administrative)$$, 1000, $$
    jsonb_build_object('name', 'bench-' || n)
$$);
"""
MANY = """
select pg_temp.copies('clients', $$client_id = 'bench'$$, {count}, $$
    jsonb_build_object('client_id', 'bench-' || n, 'name', 'Bench ' || n)
    || case when to_jsonb(clients) ? 'metadata'
       then jsonb_build_object('metadata', to_jsonb(clients) -> 'metadata' || jsonb_build_object('client_name', 'Bench ' || n))
       else '{{}}' end
$$);
select pg_temp.copies('client_secrets', $$client_id = 'bench'$$, {count}, $$
    jsonb_build_object('client_id', 'bench-' || n, 'secret_id', gen_random_uuid(),
                       'secret_hash', sha256(('ptc_cs_bench-' || n)::bytea))
$$);
vacuum clients;
vacuum client_secrets;
checkpoint;
"""

# Seconds after which a client is no longer waited for.
LONGEST = 10


class Asker:
    """Asks a server for tokens, by one connection, from one address."""

    def __init__(self, server, source="127.0.0.1"):
        address = urllib.parse.urlsplit(server.url)
        self.http = http.client.HTTPConnection(address.hostname, address.port, timeout=30, source_address=(source, 0))
        self.body = urllib.parse.urlencode(FORM_OF_TOKEN)

    def status(self, client):
        """What a client is answered: 200 with a token, or why there is none."""
        self.http.request("POST", TOKEN, self.body, FORM | {"Authorization": f"Basic {credentials(*client)}"})
        response = self.http.getresponse()
        response.read()
        return response.status

    def until(self, client, status, begun):
        """Asks until a client is answered so: ms since a moment."""
        while time.monotonic() < begun + LONGEST and self.status(client) != status:
            time.sleep(0.002)
        return (time.monotonic() - begun) * 1000


def register(ours, client_id, *options):
    """Registers a client that gets tokens for itself; its id and its secret."""
    made = json.loads(ours.command("client", "create", "--client-id", client_id, "--name", client_id, *SERVICE, *options))
    return made["client_id"], made["client_secret"]


def fill(ours, count):
    """Fills the registry with clients bench-1, bench-2, …, beside 200 APIs of ten scopes and 1,000 roles. No server that
    runs learns of them."""
    register(ours, "bench")
    database.run(ours.dev["database_url"], COPY + FEW + MANY.format(count=count))


def copy(n):
    """The id and the secret of one that was made so."""
    return f"bench-{n}", f"ptc_cs_bench-{n}"


def tokens(clients, again=True):
    """Requests for tokens, each of another of these clients; over and over again, or once each."""
    headers = FORM | {"Authorization": "Basic VALUE"}
    return Request(TOKEN, FORM_OF_TOKEN, headers, [credentials(*client) for client in clients], again=again)


def credentials(client_id, secret):
    """As the header `Authorization` has them, without the scheme."""
    return base64.b64encode(f"{client_id}:{secret}".encode()).decode()
