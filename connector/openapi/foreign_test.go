package openapi_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"paceline/connector"
	"paceline/connector/openapi"
)

// foreign are documents as vendors write them, each with methods and what is said of them: "" is fine, a text behind
// "note: " is a note.
var foreign = []struct{ name, document, methods, want string }{
	{"servers with values in their paths", `
openapi: 3.0.0
servers: [{url: "{scheme}://{host}/{version}/tenants/{tenant}/", variables: {version: {default: v1, enum: [v1, v2]}, tenant: {default: t}}}]
paths: {/things: {get: {}}}`, `
- {id: listed, name: A, request: {method: GET, url: "https://x.api.acme.example/v2/tenants/mine/things"}}
- {id: other, name: A, request: {method: GET, url: "https://x.api.acme.example/v3/tenants/mine/things"}}
- {id: none, name: A, request: {method: GET, url: "https://x.api.acme.example/things"}}`, `
listed:
none: the path /things is not in the document, which has /things
other: the path /v3/tenants/mine/things is not in the document, which has /things`},

	{"servers of an operation stand in for those of the document", `
openapi: 3.1.0
servers: [{url: /api}, {url: "//eu.acme.example/eu"}]
paths: {/a: {servers: [{url: https://up.acme.example/upload/}], post: {}, get: {servers: [{url: /get}]}}, /b: {get: {}}}`, `
- {id: item, name: A, repeat: unsafe, request: {method: POST, url: "https://x.api.acme.example/upload/a"}}
- {id: op, name: A, request: {method: GET, url: "https://x.api.acme.example/get/a"}}
- {id: root, name: A, request: {method: GET, url: "https://x.api.acme.example/eu/b"}}
- {id: wrong, name: A, request: {method: GET, url: "https://x.api.acme.example/upload/a"}}`, `
item:
op:
root:
wrong: the path /upload/a is not in the document, which has /a`},

	{"what people type may hold the server's path", `
swagger: 2.0
basePath: /rest/{site}
paths: {/a: {get: {}}}`, `
- {id: with, name: A, request: {method: GET, url: "{{Typed}}/rest/eu/a"}}
- {id: without, name: A, request: {method: GET, url: "{{Typed}}/a"}}`, `
with:
without:`},

	{"of two paths the one with the verb counts, and letters are compared as they are sent", `
openapi: "3.0.3"
paths:
  /things/{id}: {get: {parameters: [{name: id, in: path, required: true, schema: {type: string}}]}}
  /things/{name}: {delete: {}}
  "/Orders('{key}')/lines": {get: {}}
  /my files/: {get: {}}
  /act?do=stop: {post: {}}
  /act?do=go: {post: {parameters: [{name: now, in: query, required: true}]}}`, `
- {id: verb, name: A, params: [{name: Id, in: path, required: true}], request: {method: DELETE, path: "/things/{{Id}}"}}
- {id: odata, name: A, params: [{name: Id, in: path, required: true}], request: {method: GET, path: "/Orders('{{Id}}')/lines"}}
- {id: space, name: A, request: {method: GET, path: "/my%20files/"}}
- {id: slash, name: A, request: {method: GET, path: "/my%20files"}}
- {id: case, name: A, request: {method: GET, path: "/MY%20files/"}}
- {id: act, name: A, repeat: unsafe, request: {method: POST, path: /act, query: {do: go}}}`, `
act: the query parameter now is required, but not sent
case: the path /MY%20files/ is not in the document, which has /my files/
odata:
slash: the path /my%20files is not in the document, which has /my files/
space:
verb:`},

	{"lists and objects in a query", `
openapi: 3.0.0
paths:
  /things:
    get:
      parameters:
        - {name: ids, in: query, explode: false, schema: {type: array, items: {type: integer}}}
        - {name: tags, in: query, schema: {type: array, items: {type: string, enum: [red, green]}}}
        - {name: filter, in: query, style: deepObject, required: true, schema: {$ref: "#/components/schemas/Filter"}}
        - {name: page, in: query, schema: {allOf: [{$ref: "#/components/schemas/Page"}]}}
        - {name: where, in: query, content: {application/json; charset=utf-8: {schema: {type: object}}}}
        - {$ref: "#/components/parameters/Sort"}
components:
  parameters: {Sort: {name: sort, in: query, schema: {type: string, enum: [asc, desc]}}}
  schemas: {Filter: {type: object, properties: {age: {type: integer}}}, Page: {type: object, properties: {limit: {type: integer}, offset: {type: integer}}}}`, `
- {id: all, name: A, request: {method: GET, path: /things, query: {ids: "1,2", tags: "red", "filter[age]": "3", limit: "10", where: '{"a": 1}', sort: desc}}}
- {id: items, name: A, request: {method: GET, path: /things, query: {ids: "1,b", "filter[age]": "3"}}}
- {id: deep, name: A, request: {method: GET, path: /things, query: {"filter[age]": old}}}
- {id: less, name: A, request: {method: GET, path: /things, query: {tags: red}}}
- {id: exploded, name: A, request: {method: GET, path: /things, query: {"filter[age]": "3", limit: ten}}}
- {id: allowed, name: A, request: {method: GET, path: /things, query: {"filter[age]": "3", sort: up}}}
- {id: among, name: A, request: {method: GET, path: /things, query: {"filter[age]": "3", tags: blue}}}`, `
all:
allowed: the query parameter sort: it is "up", which the document does not allow
among: the query parameter tags: it is of type string; the document says array
deep: the query parameter filter: it is of type string; the document says integer
exploded: the query parameter page: it is of type string; the document says integer
items: the query parameter ids: it is of type string; the document says array
less: the query parameter filter is required, but not sent`},

	{"OData names functions in full or short, and needs no types", `
openapi: 3.0.0
info: {title: OData Service for namespace acme.desk}
paths:
  /people/{id}/acme.desk.sendMail: {post: {requestBody: {content: {application/json: {schema: {type: object, required: [note, "@odata.type"], properties: {note: {type: string}, "@odata.type": {type: string}}}}}}}}
  /people/{id}/notes/delta(): {get: {}}
  /people/acme.desk.delta(): {get: {}}`, `
- {id: send, name: A, repeat: unsafe, params: [{name: Id, in: path, required: true}], request: {method: POST, path: "/people/{{Id}}/sendMail", fields: [{loc: note}]}}
- {id: full, name: A, repeat: unsafe, params: [{name: Id, in: path, required: true}], request: {method: POST, path: "/people/{{Id}}/acme.desk.sendMail", fields: [{loc: note}]}}
- {id: less, name: A, repeat: unsafe, params: [{name: Id, in: path, required: true}], request: {method: POST, path: "/people/{{Id}}/sendMail", fields: [{loc: "\\@odata.type\\"}]}}
- {id: other, name: A, repeat: unsafe, params: [{name: Id, in: path, required: true}], request: {method: POST, path: "/people/{{Id}}/other.desk.sendMail", fields: [{loc: note}]}}
- {id: delta, name: A, params: [{name: Id, in: path, required: true}], request: {method: GET, path: "/people/{{Id}}/notes/delta"}}
- {id: whole, name: A, request: {method: GET, path: "/people/delta"}}
- {id: graph, name: A, request: {method: POST, format: graphql, path: /graphql, document: "{ me { id } }"}}`, `
delta:
full:
graph:
graph: note: it speaks GraphQL, which the document does not describe
less: the body: it lacks note
other: the path /people/paceline-sample/other.desk.sendMail is not in the document
send:
whole:`},

	{"keys go where the document's security schemes say", `
openapi: 3.0.0
paths: {/a: {get: {parameters: [{name: x-api-key, in: header, required: true}, {name: X-Other, in: header, required: true}]}, post: {parameters: [{name: x-api-key, in: header, required: true}]}}}
components: {securitySchemes: {key: {type: apiKey, in: query, name: key}}}`, `
- {id: get, name: A, params: [{name: key, in: query}], request: {method: GET, path: /a}}
- {id: post, name: A, repeat: unsafe, params: [{name: key, in: query}], request: {method: POST, path: /a}}`, `
get: the header parameter X-Other is required, but not sent
post:`},

	{"bodies by content type", `
openapi: 3.0.0
paths:
  /a:
    post: {requestBody: {content: {application/hal+json: {schema: {required: [hal]}}, "application/json; charset=utf-8": {schema: {required: [a]}}}}}
    put: {requestBody: {content: {application/vnd.api+json: {schema: {required: [a]}}}}}
    patch: {requestBody: {content: {multipart/form-data: {schema: {$ref: "#/components/schemas/Upload"}}}}}
  /b: {post: {requestBody: {content: {application/x-www-form-urlencoded; charset=UTF-8: {schema: {type: object, additionalProperties: false, required: [n], properties: {n: {type: integer}, "tags[]": {type: array, items: {type: string}}}}}}}}}
components: {schemas: {Upload: {allOf: [{type: object, required: [file], properties: {file: {type: string, format: binary}}}, {required: [title], properties: {title: {type: string}}}]}}}`, `
- {id: json, name: A, repeat: unsafe, request: {method: POST, path: /a, fields: [{loc: a}]}}
- {id: other, name: A, repeat: unsafe, request: {method: PUT, path: /a, fields: [{loc: a}]}}
- {id: parts, name: A, repeat: unsafe, request: {method: PATCH, path: /a, format: multipart, fields: [{loc: file, type: file}, {loc: title}, {loc: more}]}}
- {id: part, name: A, repeat: unsafe, request: {method: PATCH, path: /a, format: multipart, fields: [{loc: file, type: file}]}}
- {id: form, name: A, repeat: unsafe, request: {method: POST, path: /b, format: form, fields: [{loc: n, type: integer}, {loc: "[tags]"}]}}
- {id: type, name: A, repeat: unsafe, request: {method: POST, path: /b, format: form, fields: [{loc: n, type: text}]}}
- {id: more, name: A, repeat: unsafe, request: {method: POST, path: /b, format: form, fields: [{loc: n, type: integer}, {loc: m}]}}`, `
form:
json:
more: the form has m, which the document does not know
other:
other: note: the body is sent as application/json; the document has application/vnd.api+json
part: the field title of the form is required, but not sent
parts:
parts: note: the document does not name the field more of the form
type: the field n of the form: it is of type string; the document says integer`},

	{"bodies of version 2", `{"swagger": "2.0", "consumes": ["application/json"], "paths": {
  "/a": {"post": {"parameters": [{"name": "b", "in": "body", "schema": {"$ref": "#/definitions/Page«My User»"}}]},
    "put": {"consumes": ["application/xml"], "parameters": [{"name": "b", "in": "body", "required": true, "schema": {"type": "object"}}]}},
  "/f": {"post": {"consumes": ["multipart/form-data"], "parameters": [{"name": "f", "in": "formData", "type": "file", "required": true}, {"name": "n", "in": "formData", "type": "integer"}]}}},
  "definitions": {"Page«My User»": {"type": "object", "required": ["user"], "properties": {"user": {"type": "string", "x-nullable": true}}}}}`, `
- {id: json, name: A, repeat: unsafe, request: {method: POST, path: /a, fields: [{loc: user, type: integer}]}}
- {id: xml, name: A, request: {method: PUT, path: /a, format: json, fields: [{loc: user}]}}
- {id: file, name: A, repeat: unsafe, request: {method: POST, path: /f, format: multipart, fields: [{loc: f}, {loc: n, type: integer}]}}
- {id: unknown, name: A, repeat: unsafe, request: {method: POST, path: /f, format: multipart, fields: [{loc: f}, {loc: m}]}}
- {id: not-a-form, name: A, repeat: unsafe, request: {method: POST, path: /f, fields: [{loc: f}]}}`, `
file:
json: the body: user is of type number; the document says null or string
not-a-form: the body is application/json; the document has a form
unknown: the form has m, which the document does not know
xml: the body is application/json; the document has application/xml`},

	{"schemas that are made of others", `
openapi: 3.1.0
paths:
  /a: {post: {requestBody: {$ref: "#/components/requestBodies/A"}}}
  /b: {post: {requestBody: {content: {application/json: {schema: {oneOf: [{$ref: "#/components/schemas/Card"}, {$ref: "#/components/schemas/Bank"}], discriminator: {propertyName: kind}}}}}}}
  /c: {post: {requestBody: {content: {application/json: {schema: {$ref: "#/paths/~1b/post/requestBody/content/application~1json/schema/oneOf/1"}}}}}}
components:
  requestBodies: {A: {content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}}
  schemas:
    Base: {type: object, required: [id, name], properties: {id: {type: integer, readOnly: true}, name: {type: [string, "null"]}}}
    Pet: {allOf: [{$ref: "#/components/schemas/Base"}, {type: object, required: [kind], properties: {kind: {const: cat}, mother: {$ref: "#/components/schemas/Pet"}}}]}
    Card: {type: object, required: [kind, number], properties: {kind: {type: string, enum: [card]}, number: {type: string}}}
    Bank: {type: object, required: [kind, iban, bic], properties: {kind: {type: string, enum: [bank]}, iban: {type: string}, bic: {type: string}}}`, `
- {id: pet, name: A, repeat: unsafe, request: {method: POST, path: /a, fields: [{loc: name}, {loc: kind}, {loc: mother.name}, {loc: mother.kind}]}}
- {id: pet-less, name: A, repeat: unsafe, request: {method: POST, path: /a, fields: [{loc: kind}, {loc: colour}]}}
- {id: card, name: A, repeat: unsafe, request: {method: POST, path: /b, fields: [{loc: kind, hidden: true, default: card}, {loc: number}]}}
- {id: bank, name: A, repeat: unsafe, request: {method: POST, path: /c, fields: [{loc: kind}, {loc: iban}]}}
- {id: cash, name: A, repeat: unsafe, request: {method: POST, path: /b, fields: [{loc: kind, hidden: true, default: cash}, {loc: number}]}}`, `
bank: the body: it lacks bic
card:
cash: the body: kind is "cash", which the document does not allow
pet:
pet-less: the body: it lacks name`},

	{"schemas that are wrong by the letter are read as far as they mean something", `
openapi: 3.0.1
paths:
  /a:
    post:
      requestBody:
        content:
          application/json:
            schema:
              id: Thing
              type: object
              required: []
              properties:
                name: {type: String, required: true, pattern: "^(?=a)b", example: 7, title: 5, examples: {a: b}}
                when: {type: date, format: 5, minimum: "0"}
                nothing:
                count: {type: integer, exclusiveMinimum: 5, enum: [1, 1]}
                pair: {type: array, items: [{type: string}, {type: integer}]}
                pattern: {type: integer}
                type: {type: string}
                required: {type: array, items: {type: string}}
                self: {$ref: "#/components/schemas/Self"}
                away: {$ref: "other.yaml#/Thing"}
components: {schemas: {Self: {$ref: "#/components/schemas/Self"}}}`, `
- {id: good, name: A, repeat: unsafe, request: {method: POST, path: /a, fields: [{loc: name}, {loc: when}, {loc: nothing}, {loc: count, type: integer}, {loc: "[pair]"}, {loc: type}]}}
- {id: bad, name: A, repeat: unsafe, request: {method: POST, path: /a, fields: [{loc: pattern, type: text}]}}`, `
bad: the body: pattern is of type string; the document says integer
good:
note: what these references of the document stand for is not checked: #/components/schemas/Self, other.yaml#/Thing`},

	{"values of the running system have samples, scripts are not run", `
openapi: 3.0.0
paths:
  /hooks: {post: {requestBody: {content: {application/json: {schema: {required: [url], properties: {url: {type: string}, until: {type: string}}}}}}}}
  /hooks/{id}: {delete: {}}
  /new: {get: {parameters: [{name: since, in: query, required: true, schema: {type: integer}}, {name: until, in: query}]}}`, `
- {id: hook, name: A, repeat: unsafe, request: {method: POST, path: /hooks, fields: [{loc: url, hidden: true, default: "{{webhook.url}}"}, {loc: until, hidden: true, default: "{{webhook.expiresAt}}"}]}, response: {fields: [{loc: id, name: Id}]}}
- {id: unhook, name: A, request: {method: DELETE, path: "/hooks/{{webhook.id}}"}}
- {id: new, name: A, request: {method: GET, path: /new, query: {since: "{{cursor.value | date: 'unix'}}"}}, response: {rows: "[]"}, cursor: {initial: now}}
- {id: edited, name: A, request: {method: GET, path: /new, query: {since: "1"}}, script: {source: "function before_action() { return true; }"}}
- {id: alone, name: A, kind: script, script: {source: "function after_action() { return true; }"}}`, `
alone:
alone: note: it makes no call of its own, its script does; that is not checked
edited:
edited: note: what scripts change in the request is not checked
hook:
new:
unhook:`},
}

const foreignHead = `
apiVersion: connectors/v1
kind: Connector
metadata: {key: acme, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c10, name: Acme, version: 1.0.0}
allowedHosts: ["*.api.acme.example", "{{Typed}}"]
properties: [{name: Typed, scope: account}]
server: {baseUrl: "https://eu.api.acme.example"}
auth: [{id: key, type: api_key, apply: {in: header, name: X-Api-Key, value: "{{auth.ApiKey}}"}}]
methods:`

// foreignTrigger gives the methods of a subscription their purpose.
const foreignTrigger = `
triggers: [{id: hooked, name: Hook, type: webhook, subscription: {create: hook, delete: unhook, id: Id}}]`

// TestForeignDocuments checks methods against documents as others write them.
func TestForeignDocuments(t *testing.T) {
	t.Parallel()
	for _, c := range foreign {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			text := foreignHead + c.methods
			if strings.Contains(text, "id: unhook") {
				text += foreignTrigger
			}
			def, problems := connector.Parse("acme", []byte(text))
			if connector.Failed(problems) {
				t.Fatal(problems)
			}
			report, err := openapi.Verify(def, []byte(strings.TrimPrefix(c.document, "\n")))
			if err != nil {
				t.Fatal(err)
			}
			var lines []string
			for _, note := range report.Notes {
				lines = append(lines, "note: "+note)
			}
			for _, m := range report.Methods {
				if m.OK != (m.Reason == "") {
					t.Errorf("%s is ok %t with reason %q", m.ID, m.OK, m.Reason)
				}
				lines = append(lines, strings.TrimSuffix(m.ID+": "+m.Reason, " "))
				for _, note := range m.Notes {
					lines = append(lines, m.ID+": note: "+note)
				}
			}
			want := strings.Split(strings.TrimSpace(c.want), "\n")
			slices.Sort(lines)
			slices.Sort(want)
			if diff := cmp.Diff(want, lines); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
