"""The Kubernetes API server knows users by their ID tokens, and what they may do by their roles."""

import os
import pathlib
import secrets
import shutil
import subprocess
import time
import unittest

import requests

from portcullis import Person, dev, register, register_user
from programs import FOLDER, HERE, Recipe, free_port
import tokens

API_SERVER = FOLDER / "kube-apiserver"
BUILD = ["go", "build", "-o", API_SERVER, "."]
SCOPE = "openid profile email roles offline_access"
# A cluster of one: certificates of its own, its database, and the file that says who may sign in.
CLUSTER = f"""
    openssl genrsa -out service-accounts.key 2048
    echo "$ROOT_TOKEN,root,1,system:masters" >root.csv
    etcd --data-dir etcd --listen-peer-urls http://127.0.0.1:0 --listen-client-urls http://127.0.0.1:$ETCD_PORT \\
        --advertise-client-urls http://127.0.0.1:$ETCD_PORT &
    {API_SERVER} --etcd-servers http://127.0.0.1:$ETCD_PORT --bind-address 127.0.0.1 --secure-port $PORT --cert-dir certificates \\
        --service-cluster-ip-range 10.0.0.0/24 --service-account-issuer https://kubernetes.default.svc \\
        --service-account-key-file service-accounts.key --service-account-signing-key-file service-accounts.key \\
        --token-auth-file root.csv --authorization-mode RBAC --authentication-config authentication.yaml &
    trap 'kill -KILL $(jobs -p)' EXIT TERM
    wait"""


@unittest.skipUnless(shutil.which("go") and shutil.which("etcd"), "there is no go or no etcd here")
class Cluster(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        subprocess.run(BUILD, cwd=HERE / "kubernetes", check=True)
        kubectl = {
            "client_name": "Kubernetes",
            "type": "native",
            "redirect_uris": ["http://localhost:8000", "http://localhost:18000"],
            "scope": SCOPE,
            "roles_claim": "groups",
            "all_roles": True,
            "access_token_lifetime": tokens.LIFETIME,
        }
        cls.client, cls.other = register([kubectl, kubectl | {"client_name": "Another cluster"}])
        cls.begin()
        cls.officer = Person(register_user("officer-" + secrets.token_hex(4), "records-officer"))
        cls.passing = tokens.Passing(tokens.sign_in(cls.client, SCOPE, cls.officer)["id_token"])

    @classmethod
    def begin(cls):
        """Starts the cluster, and gives officers the right to look."""
        authority = pathlib.Path(os.environ["SSL_CERT_FILE"]).read_text("utf-8").replace("\n", "\n        ")
        values = {
            "[kubernetes]": f"[{cls.client['client_id']}]\n      certificateAuthority: |\n        {authority}",
            "https://id.example.org": dev["issuer"],
            "name: view": "name: system:aggregate-to-view",  # `view` is put together by a controller that is not here
        }
        root = secrets.token_urlsafe(16)
        cls.cluster = Recipe("kubernetes.md", "kubernetes", [["bash", "-ec", CLUSTER]])
        cls.addClassCleanup(cls.cluster.stop)
        cls.cluster.run(values, {"ROOT_TOKEN": root, "ETCD_PORT": str(free_port())})
        cls.cluster.wait()
        cls.origin = f"https://127.0.0.1:{cls.cluster.port}"
        cls.certificate = cls.cluster.log.with_name("certificates") / "apiserver.crt"
        cls.wait_until_ready(root)
        binding = cls.cluster.log.with_name("rbac.yaml").read_text("utf-8")
        path = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
        answer = cls.ask(root, "POST", path, data=binding, headers={"Content-Type": "application/yaml"})
        if not answer.ok:
            raise AssertionError(answer.text)

    @classmethod
    def wait_until_ready(cls, root):
        """It listens before it knows what its own roles may do."""
        for _ in range(600):
            if cls.ask(root, "GET", "/readyz").ok:
                return
            time.sleep(0.1)
        raise AssertionError(cls.cluster.output())

    @classmethod
    def ask(cls, token, method, path, headers=None, **more):
        headers = tokens.bearer(token) | (headers or {})
        return requests.request(method, cls.origin + path, headers=headers, verify=cls.certificate, timeout=30, **more)

    def pods(self, token):
        return self.ask(token, "GET", "/api/v1/namespaces/default/pods").status_code

    def token(self, person=None):
        return tokens.sign_in(self.client, SCOPE, person)["id_token"]

    def test_1_it_knows_who_signed_in(self):
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        answer = self.ask(self.token(self.officer), "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", json=review)
        user = answer.json()["status"]["userInfo"]
        self.assertEqual(user["username"], "portcullis:" + self.officer.user["username"])
        self.assertEqual(user["groups"], ["portcullis:records-officer", "system:authenticated"])

    def test_2_a_role_says_what_a_user_may_do(self):
        self.assertEqual(self.pods(self.token(self.officer)), 200)
        self.assertEqual(self.pods(self.token()), 403)

    def test_3_a_refreshed_token_is_as_good(self):
        signed_in = tokens.sign_in(self.client, SCOPE, self.officer)
        self.assertEqual(self.pods(tokens.refresh(self.client, signed_in)["id_token"]), 200)

    def test_4_a_forged_token_is_refused(self):
        for forge in [tokens.forged, tokens.unsigned]:
            self.assertEqual(self.pods(forge(self.token(self.officer))), 401)

    def test_5_a_token_for_somebody_else_is_refused(self):
        signed_in = tokens.sign_in(self.other, SCOPE, self.officer)
        self.assertEqual(self.pods(signed_in["id_token"]), 401)
        self.assertEqual(self.pods(signed_in["access_token"]), 401)

    def test_9_an_expired_token_is_refused(self):
        self.assertEqual(self.pods(self.passing.expired()), 401)
