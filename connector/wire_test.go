package connector_test

import (
	"os"
	"strings"
	"testing"

	"paceline/connector"
)

// TestWireDefinitions: what may stand in definitions of transports sql and sftp, and what is refused with a remedy.
func TestWireDefinitions(t *testing.T) {
	t.Parallel()
	const head = `apiVersion: connectors/v1
kind: Connector
metadata: {key: shop, uid: 0c6a4b0e-6a0e-4a57-9d0b-5f5e5b0a1dff, name: Shop, version: 1.0.0}
`
	const sql = head + `transport: sql
properties:
  - {name: Host, scope: account, required: true}
  - {name: Key, scope: account}
server: {baseUrl: "postgresql://{{Host}}/shop"}
auth: [{id: a, type: db}]
methods:
  - id: get-order
    name: Get Order
    request:
      operation: statement
      statement: SELECT * FROM orders WHERE id = :id
      fields: [{loc: id}]
    response: {rows: "[rows]"}
`
	for _, c := range []struct{ name, text, says string }{
		{"fine", sql, ""},
		{"merge field in a statement", strings.Replace(sql, ":id", "{{Host}}", 1), "merge field"},
		{"value that is not declared", strings.Replace(sql, "= :id", "= :other", 1), "binds :other"},
		{"write without a word about repeats", strings.Replace(sql, "SELECT * FROM orders WHERE id = :id", "DELETE FROM orders WHERE id = :id", 1), "may be repeated"},
		{"keyed", strings.Replace(sql, "name: Get Order", "name: Get Order\n    repeat: keyed", 1), "has no keys"},
		{"write where all is read only", strings.Replace(strings.Replace(sql, "/shop\"}", "/shop\", readOnly: \"true\"}", 1), "SELECT * FROM orders WHERE id = :id", "DELETE FROM orders WHERE id = :id", 1), "readOnly is true"},
		{"write in a method that only reads", strings.Replace(sql, "statement: SELECT * FROM", "readOnly: true\n      statement: DELETE FROM", 1), "readOnly is true"},
		{"two statements", strings.Replace(sql, ":id", ":id; DROP TABLE orders", 1), "two statements"},
		{"address of another transport", strings.Replace(sql, "postgresql://", "https://", 1), "is not an address"},
		{"auth of another transport", strings.Replace(sql, "type: db", "type: basic", 1), "does not go with transport sql"},
		{"operation of another transport", strings.Replace(sql, "operation: statement", "operation: list", 1), "has no operation"},
		{"method of HTTP", strings.Replace(sql, "operation: statement", "operation: statement\n      method: GET", 1), "does not go with operation"},
		{"script", sql + "script: {source: 'function after_action() { return true; }'}\n", "only transport http has scripts"},
		{"operation over HTTP", head + "server: {baseUrl: 'https://api.example.com'}\nallowedHosts: [api.example.com]\nmethods:\n  - {id: a, name: A, request: {method: GET, path: /a, operation: select}}\n", "sql and sftp only"},
		{"files without a host key", head + "transport: sftp\nserver: {baseUrl: 'sftp://files.example.com'}\nauth: [{id: a, type: ssh}]\nmethods:\n  - {id: a, name: A, request: {operation: list}}\n", "key is not asked for"},
		{"upsert without a key", strings.Replace(sql, "operation: statement\n      statement: SELECT * FROM orders WHERE id = :id", "operation: upsert\n      table: orders", 1), "lacks the key"},
	} {
		def, problems := connector.Parse("shop.yaml", []byte(c.text))
		var said strings.Builder
		for _, p := range problems {
			said.WriteString(p.String() + "\n")
		}
		if c.says == "" && (def == nil || len(problems) > 0) || !strings.Contains(said.String(), c.says) {
			t.Errorf("%s: %s", c.name, said.String())
		}
	}
}

// TestWireHostsAreOfTheCredential: changing where a database is, or the server through which it is reached, drops the
// credential.
func TestWireHostsAreOfTheCredential(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{"postgresql": "Host Port Database SshHost", "mysql": "Host Port Database SshHost", "sftp": "Host Port"} {
		text, err := os.ReadFile("../connectors/" + key + "/connector.yaml")
		if err != nil {
			t.Fatal(err)
		}
		def, problems := connector.Parse(key, text)
		if def == nil {
			t.Fatal(problems)
		}
		c, err := connector.Compile(def)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(c.HostProperties(), " "); got != want {
			t.Errorf("%s: %s", key, got)
		}
	}
}
