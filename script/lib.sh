# Shared by the scripts beside it, which source it: what this machine lacks, and a private PostgreSQL for tests.
# shellcheck shell=bash

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '» %s\n' "$*" >&2; }
fail() { printf '%s\n' "$*" >&2 && exit 1; }
have() { command -v "$1" >/dev/null; }

# The newest PostgreSQL server binaries: $PG_BIN_DIR, Debian's folders, or what the PATH finds.
postgres_bin() {
    local bin
    for bin in ${PG_BIN_DIR:-} $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV) ${PATH//:/ }; do
        if [[ -x $bin/postgres && -x $bin/initdb ]]; then
            dirname "$(realpath "$bin/postgres")"
            return
        fi
    done
    return 1
}

# A browser for tests/browser.
chromium() { type -P chromium || type -P chromium-browser || type -P google-chrome; }

# PostgreSQL refuses to run as root, so root hands it to an unprivileged user.
as_postgres=(setpriv --no-new-privs)
if ((EUID == 0)); then
    postgres_user=$(id -un postgres 2>/dev/null || echo nobody)
    as_postgres+=(--reuid "$postgres_user" --regid "$(id -g "$postgres_user")" --clear-groups)
fi

# Makes an empty cluster for tests in a new folder and prints the folder. Only its owner (and root) can connect.
create_test_cluster() {
    local bin folder
    bin=$(postgres_bin) || fail "PostgreSQL's server binaries are missing: run script/setup"
    folder=$(cd / && "${as_postgres[@]}" mktemp -d "${TMPDIR:-/tmp}/portcullis-tests.XXXXXX")
    (cd / && "${as_postgres[@]}" "$bin/initdb" --pgdata="$folder/data" --username=portcullis --auth=trust \
        --encoding=UTF8 --locale=C --no-sync >"$folder/initdb.log") || fail "initdb failed: see $folder/initdb.log"
    cat >>"$folder/data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$folder'
max_connections = 300
shared_buffers = 128MB
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
CONF
    echo "$folder"
}

# The URL that sqlx and psql take for the cluster in FOLDER.
test_cluster_url() { echo "postgresql://portcullis@localhost/postgres?host=${1//\//%2F}"; }

# Starts the cluster in FOLDER as a child that ends with this script, however that ends.
run_test_cluster() {
    local folder=$1
    "${as_postgres[@]}" --pdeathsig INT "$(postgres_bin)/postgres" -D "$folder/data" >"$folder/log" 2>&1 </dev/null &
    postgres_pid=$!
    until grep -qs '^ready' "$folder/data/postmaster.pid"; do
        kill -0 $postgres_pid 2>/dev/null || fail "PostgreSQL did not start: $(tail -5 "$folder/log")"
        sleep 0.02
    done
}

# Gives the script a PostgreSQL of its own, DATABASE_URL included, that goes when the script ends.
with_test_postgres() {
    say "starting a private PostgreSQL"
    test_cluster=$(create_test_cluster)
    trap stop_test_postgres EXIT
    trap 'exit 130' INT TERM HUP
    run_test_cluster "$test_cluster"
    DATABASE_URL=$(test_cluster_url "$test_cluster")
    export DATABASE_URL
}

stop_test_postgres() {
    if [[ -n ${postgres_pid:-} ]] && kill -INT "$postgres_pid" 2>/dev/null; then
        wait "$postgres_pid" || true
    fi
    rm -rf "$test_cluster"
}

# Writes the description of every SQL statement of the crate to FOLDER, from a database that has the migrations, while clippy
# looks at it: describe_queries FOLDER TARGETS... -- LINTS... With the library alone as the target, cargo would choose other
# features of what we depend on than for the tests, and compile much of it twice; so the examples come along everywhere.
describe_queries() {
    local folder=$1 migration
    shift
    for migration in migrations/*.sql; do
        "$(postgres_bin)/psql" "$DATABASE_URL" --quiet --no-psqlrc --single-transaction --set=ON_ERROR_STOP=1 --file="$migration"
    done
    mkdir -p "$folder"
    # sqlx writes while the crate is compiled. With a flag that it has not seen, clippy compiles it, and nothing else, anew.
    SQLX_OFFLINE=false SQLX_OFFLINE_DIR=$folder cargo clippy --locked "$@" --cfg "described_in=\"$folder\""
}
