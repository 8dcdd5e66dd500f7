package openapi_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"paceline/connector"
	"paceline/connector/openapi"
)

const vendor3 = `
openapi: 3.0.3
info: {title: Acme, version: "1"}
servers: [{url: "https://{region}.acme.example/api/", variables: {region: {default: eu}}}]
paths:
  /tickets:
    parameters: [{$ref: "#/components/parameters/Trace"}]
    get:
      parameters:
        - {name: page, in: query, required: true, schema: {type: integer, minimum: 5}}
        - {name: tags, in: query, schema: {type: array, items: {type: string}}}
        - {name: api_key, in: query, required: true, schema: {type: string}}
    post:
      requestBody: {$ref: "#/components/requestBodies/Ticket"}
  /tickets/latest: {get: {}}
  /tickets/{id}:
    get: {parameters: [{name: id, in: path, required: true, schema: {type: integer}}]}
    put: {requestBody: {required: true, content: {application/x-www-form-urlencoded: {schema: {type: object, required: [subject, address]}}}}}
  /notes: {post: {requestBody: {content: {text/*: {}}}}}
components:
  parameters: {Trace: {name: X-Trace, in: header, schema: {type: string}}}
  requestBodies: {Ticket: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Ticket"}}}}}
  schemas:
    Ticket:
      type: object
      required: [subject]
      additionalProperties: false
      properties:
        subject: {type: string, enum: [red, green]}
        priority: {type: integer, nullable: true}
        owner: {oneOf: [{type: object, required: [id], properties: {id: {type: integer}}}, {type: object, required: [email]}]}
        lines: {type: array, items: {type: object, required: [sku], properties: {sku: {type: string}, count: {type: integer}}}}
        parent: {$ref: "#/components/schemas/Ticket"}
`

const definition3 = `
apiVersion: connectors/v1
kind: Connector
metadata: {key: acme, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c10, name: Acme, version: 1.0.0}
allowedHosts: ["{{BaseUrl}}"]
properties: [{name: BaseUrl, scope: account}, {name: Key, scope: account, secret: true}]
server: {baseUrl: "{{BaseUrl}}/api"}
auth: [{id: key, type: api_key, apply: {in: query, name: api_key, value: "{{auth.ApiKey}}"}}, {id: app, type: jwt, jwt: {alg: RS256}},
  {id: in, type: session, default: true, session: {login: log-in, capture: {T: t}}, apply: {in: header, name: X, value: "{{auth.T}}"}}]
limits: [{id: one, requests: 1, per: 1h}]
methods:
  - id: list
    name: List
    params: [{name: Tags, in: query, target: "tags[]"}, {name: Trace, in: header, target: X-Trace}]
    request: {method: GET, path: /tickets}
    response: {rows: "[]"}
    paging: {type: page, send: {in: query, name: page}}
  - {id: log-in, name: Log In, repeat: unsafe, request: {method: POST, path: /tickets, fields: [{loc: subject, default: "{{auth.Username}}"}]}}
  - {id: no-page, name: No Page, request: {method: GET, path: /tickets}}
  - {id: wrong-page, name: Wrong Page, params: [{name: page, in: query, default: x}], request: {method: GET, path: /tickets}}
  - {id: unknown-query, name: Unknown, params: [{name: Page, in: query, target: page, type: integer}, {name: limit, in: query}], request: {method: GET, path: /tickets}}
  - {id: latest, name: Latest, request: {method: GET, path: /tickets/latest}}
  - {id: get, name: Get, params: [{name: Id, in: path, type: integer, required: true}], request: {method: GET, path: "/tickets/{{Id}}"}}
  - {id: get-text, name: Get Text, params: [{name: Id, in: path, type: text, required: true}], request: {method: GET, path: "/tickets/{{Id}}"}}
  - {id: verb, name: Verb, params: [{name: Id, in: path, required: true}], request: {method: DELETE, path: "/tickets/{{Id}}"}}
  - {id: path, name: Path, request: {method: GET, path: /ticket}}
  - id: create
    name: Create
    repeat: unsafe
    request:
      method: POST
      path: /tickets
      fields: [{loc: subject, type: text}, {loc: priority}, {loc: owner.id, type: integer}, {loc: "[lines].sku"}, {loc: parent.subject}]
  - {id: create-unknown, name: Create Unknown, repeat: unsafe, request: {method: POST, path: /tickets, fields: [{loc: subject}, {loc: title}]}}
  - {id: create-nested, name: Create Nested, repeat: unsafe, request: {method: POST, path: /tickets, fields: [{loc: subject}, {loc: parent.priority, type: integer}, {loc: "[lines].count", type: text}]}}
  - {id: create-type, name: Create Type, repeat: unsafe, request: {method: POST, path: /tickets, fields: [{loc: subject}, {loc: priority, type: text}]}}
  - {id: create-one-of, name: Create One Of, repeat: unsafe, request: {method: POST, path: /tickets, fields: [{loc: subject}, {loc: owner.name}]}}
  - {id: create-nothing, name: Create Nothing, repeat: unsafe, request: {method: POST, path: /tickets}}
  - {id: create-form, name: Create Form, repeat: unsafe, request: {method: POST, path: /tickets, format: form, fields: [{loc: subject}]}}
  - {id: put, name: Put, params: [{name: Id, in: path, type: integer, required: true}], request: {method: PUT, path: "/tickets/{{Id}}", format: form, fields: [{loc: subject}, {loc: address.city}]}}
  - {id: put-less, name: Put Less, params: [{name: Id, in: path, type: integer, required: true}], request: {method: PUT, path: "/tickets/{{Id}}", format: form, fields: [{loc: subject}]}}
  - {id: note, name: Note, repeat: unsafe, params: [{name: Text, in: template, required: true}], request: {method: POST, path: /notes, format: text, template: "{{Text}}"}}
  - {id: get-body, name: Body, repeat: safe, request: {method: PUT, path: /notes, fields: [{loc: a}]}}
  - {id: unbuilt, name: Unbuilt, params: [{name: Id, in: path, required: true, default: ".."}], request: {method: GET, path: "/tickets/{{Id}}"}}
`

func TestVerifyVersion3(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"list": "", "latest": "", "log-in": "", "get": "", "create": "", "put": "", "note": "",
		"no-page":        "the query parameter page is required, but not sent",
		"wrong-page":     "the query parameter page: it is of type string; the document says integer",
		"unknown-query":  "the query parameter limit is not in the document",
		"get-text":       "the path parameter id: it is of type string; the document says integer",
		"verb":           "/tickets/{id} has no DELETE",
		"path":           "the path /api/ticket is not in the document",
		"create-unknown": "the body: it has title, which the document does not know",
		"create-nested":  "the body: lines.0 lacks sku; lines.0.count is of type string; the document says integer; parent lacks subject",
		"create-type":    "the body: priority is of type string; the document says integer or null",
		"create-one-of":  "the body: owner lacks id",
		"create-nothing": "a body is required, but none is sent",
		"create-form":    "the body is application/x-www-form-urlencoded; the document has application/json",
		"put-less":       "the field address of the form is required, but not sent",
		"get-body":       "/notes has no PUT",
		"unbuilt":        `the request can not be built: the value ".." can not be a part of a path`,
	}
	compare(t, definition3, vendor3, want)
}

const vendor2 = `{
  "swagger": "2.0", "basePath": "/v2", "host": "api.acme.example",
  "paths": {
    "/things": {
      "get": {"parameters": [{"name": "limit", "in": "query", "type": "integer"}, {"name": "sort", "in": "query", "type": "string", "enum": ["a", "b"]}]},
      "post": {"parameters": [{"name": "body", "in": "body", "required": true, "schema": {"$ref": "#/definitions/Thing"}}]},
      "patch": {"parameters": [{"name": "name", "in": "formData", "type": "string", "required": true}]},
      "delete": {}
    }
  },
  "definitions": {"Thing": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}}
}`

const definition2 = `
apiVersion: connectors/v1
kind: Connector
metadata: {key: acme, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c10, name: Acme, version: 1.0.0}
properties: [{name: Region, scope: account}]
server: {baseUrl: "https://{{Region}}.acme.example/v2"}
methods:
  - {id: list, name: List, params: [{name: limit, in: query, type: integer}, {name: sort, in: query, values: [a]}], request: {method: GET, path: /things}}
  - {id: list-text, name: List Text, params: [{name: limit, in: query, type: text}], request: {method: GET, path: /things}}
  - {id: create, name: Create, repeat: unsafe, request: {method: POST, path: /things, fields: [{loc: name, type: text}]}}
  - {id: create-less, name: Create Less, repeat: unsafe, request: {method: POST, path: /things, fields: [{loc: title}]}}
  - {id: create-nothing, name: Create Nothing, repeat: unsafe, request: {method: POST, path: /things}}
  - {id: change, name: Change, repeat: unsafe, request: {method: PATCH, path: /things, format: form, fields: [{loc: name}]}}
  - {id: change-less, name: Change Less, repeat: unsafe, request: {method: PATCH, path: /things, format: form, fields: [{loc: title}]}}
  - {id: remove, name: Remove, request: {method: DELETE, path: /things, format: json, fields: [{loc: a}]}}
`

func TestVerifyVersion2(t *testing.T) {
	t.Parallel()
	compare(t, definition2, vendor2, map[string]string{
		"list": "", "create": "", "change": "",
		"list-text":      "the query parameter limit: it is of type string; the document says integer",
		"create-less":    "the body: it lacks name",
		"create-nothing": "the body parameter body is required, but no body is sent",
		"change-less":    "the field name of the form is required, but not sent",
		"remove":         "a body is sent, but the document has none",
	})
}

func compare(t *testing.T, definition, vendor string, want map[string]string) {
	t.Helper()
	def, problems := connector.Parse("acme", []byte(definition))
	if connector.Failed(problems) {
		t.Fatal(problems)
	}
	report, err := openapi.Verify(def, []byte("\ufeff"+vendor))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, m := range report.Methods {
		got[m.ID] = m.Reason
		if m.OK != (m.Reason == "") {
			t.Errorf("%s is ok %t with reason %q", m.ID, m.OK, m.Reason)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
	if report.OK() {
		t.Error("the report is fine as a whole")
	}
}

func TestReportAsJSON(t *testing.T) {
	t.Parallel()
	r := openapi.Report{Connector: "acme", Methods: []openapi.Method{{ID: "a", OK: true}, {ID: "b", Reason: "no"}}}
	text, _ := json.Marshal(r)
	if got := string(text); got != `{"connector":"acme","methods":[{"id":"a","ok":true,"reason":""},{"id":"b","ok":false,"reason":"no"}]}` {
		t.Error(got)
	}
	if got := r.String(); got != "b: no\nacme: 2 methods, 1 failed" {
		t.Error(got)
	}
}

func TestDocumentsThatAreNone(t *testing.T) {
	t.Parallel()
	def, _ := connector.Parse("acme", []byte(definition2))
	for _, text := range []string{"", "{", "a: [", "{}", `{"openapi":"4.0"}`, `{"openapi":"3.0.0"}`, `{"openapi":"3.1.0","paths":{"x":1}}`, "[1]"} {
		if _, err := openapi.Verify(def, []byte(text)); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
	// What is wrong within a document must not break the check.
	for _, text := range []string{
		`{"openapi":"3.1.0","paths":{"/things":{"$ref":"#/paths/~1things"}}}`,
		`{"openapi":"3.1.0","paths":{"/things":{"get":{"parameters":[{"$ref":"https://evil.example/x"},7]}}}}`,
		`{"openapi":"3.1.0","paths":{"/things":{"post":{"requestBody":{"content":{"application/json":{"schema":{"$ref":"file:///etc/passwd"}}}}}}}}`,
		`{"openapi":"3.1.0","paths":{"/things":7}}`,
	} {
		if _, err := openapi.Verify(def, []byte(text)); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}
