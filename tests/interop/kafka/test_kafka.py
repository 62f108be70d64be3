"""A Kafka broker knows services by their access tokens."""

import os
import secrets
import shutil
import subprocess
import unittest

from portcullis import command, dev, metadata, register
from programs import FOLDER, HERE, Recipe, free_port
import tokens

API = "https://kafka.example"
REFUSED = '{"status":"invalid_token"}'  # RFC 7628 §3.2.2
LIBRARIES = FOLDER / "kafka"
URLS = "-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=" + metadata["jwks_uri"] + "," + metadata["token_endpoint"]
TRUST = f"-Djavax.net.ssl.trustStore={FOLDER}/kafka/trust.p12 -Djavax.net.ssl.trustStorePassword=changeit"
# What a broker of one has anyway.
SURROUNDINGS = """
node.id=1
process.roles=broker,controller
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
inter.broker.listener.name=INSIDE
listener.security.protocol.map=INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT
log.dirs=logs
offsets.topic.replication.factor=1
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:{client}
"""
JAVA = f"java {URLS} {TRUST} -cp '{LIBRARIES}/*'"
START = f"""
    echo "$SURROUNDINGS" >>broker.properties
    {JAVA} kafka.tools.StorageTool format --cluster-id $({JAVA} kafka.tools.StorageTool random-uuid) --config broker.properties
    exec {JAVA} kafka.Kafka broker.properties"""


def fetch_libraries():
    """Kafka, with what it needs, and a certificate to trust."""
    fetch = ["mvn", "--quiet", "--batch-mode", "dependency:copy-dependencies", f"-DoutputDirectory={LIBRARIES}"]
    subprocess.run(fetch, cwd=HERE / "kafka", check=True)
    trust = ["keytool", "-importcert", "-noprompt", "-file", os.environ["SSL_CERT_FILE"]]
    subprocess.run([*trust, "-keystore", LIBRARIES / "trust.p12", "-storepass", "changeit"], check=True)


@unittest.skipUnless(shutil.which("mvn"), "there is no mvn here")
class Broker(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        fetch_libraries()
        command("api", "create", "--identifier", API, "--name", "Kafka", "--scope", "kafka:use=Send and read events")
        service = {"type": "service", "scope": "kafka:use records:read"}
        names = ["Billing", "Somebody else"]
        cls.billing, cls.other, cls.hasty = register(
            [service | {"client_name": name} for name in names]
            + [service | {"client_name": "Hasty", "access_token_lifetime": tokens.LIFETIME}]
        )
        cls.passing = tokens.Passing(tokens.get(cls.hasty, scope="kafka:use"))
        cls.begin()

    @classmethod
    def begin(cls):
        cls.broker = Recipe("kafka.md", "kafka", [["bash", "-ec", START]])
        cls.addClassCleanup(cls.broker.stop)
        controller = free_port()
        inside = f"SASL_PLAINTEXT://127.0.0.1:{cls.broker.port},INSIDE://127.0.0.1:{free_port()},CONTROLLER://127.0.0.1:{controller}"
        values = {
            "SASL_SSL://:9093": inside,
            "SASL_SSL": "SASL_PLAINTEXT",
            "sasl_ssl": "sasl_plaintext",
            "https://id.example.org": dev["issuer"],
            "client.id=billing": f"client.id={cls.billing['client_id']}",
        }
        surroundings = SURROUNDINGS.format(controller=controller, client=cls.billing["client_id"])
        cls.broker.run(values, {"SURROUNDINGS": surroundings})
        cls.broker.wait()

    def create_topic(self, client=None, token=None):
        """What Kafka's own tool says when a client makes a topic, by itself or with a token that it was given."""
        client = client or self.billing
        folder = self.broker.log.parent
        settings = (folder / "client.properties").read_text("utf-8").replace(self.billing["client_id"], client["client_id"])
        urls = []
        if token:
            (folder / "token").write_text(token, "utf-8")
            settings = settings.replace(metadata["token_endpoint"], f"file://{folder}/token")
            urls = [f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=file://{folder}/token"]
        (folder / "tool.properties").write_text(settings, "utf-8")
        words = ["--bootstrap-server", f"127.0.0.1:{self.broker.port}", "--command-config", folder / "tool.properties"]
        words += ["--create", "--topic", secrets.token_hex(4)]
        line = ["java", URLS, *urls, *TRUST.split(), "-cp", f"{LIBRARIES}/*", "org.apache.kafka.tools.TopicCommand", *words]
        environment = os.environ | {"CLIENT_SECRET": client["client_secret"]}
        run = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=90)
        return run.stdout + run.stderr

    def test_1_it_knows_who_calls(self):
        self.assertIn("Created topic", self.create_topic())
        self.assertIn("TopicAuthorizationException", self.create_topic(self.other))

    def test_2_a_token_of_billing_is_taken(self):
        self.assertIn("Created topic", self.create_topic(token=tokens.get(self.billing, scope="kafka:use")))

    def test_3_a_forged_token_is_refused(self):
        forged = tokens.forged(tokens.get(self.billing, scope="kafka:use"))
        self.assertIn(REFUSED, self.create_topic(token=forged))

    def test_4_a_token_for_another_api_is_refused(self):
        foreign = tokens.get(self.billing, scope="records:read")
        self.assertIn(REFUSED, self.create_topic(token=foreign))

    def test_9_an_expired_token_is_refused(self):
        self.assertIn(REFUSED, self.create_topic(token=self.passing.expired(leeway=30)))
