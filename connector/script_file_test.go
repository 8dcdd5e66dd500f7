package connector_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"paceline/connector"
)

const filedDefinition = `apiVersion: connectors/v1
kind: Connector
metadata: {key: acme, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c10, name: Acme, version: 1.0.0}
allowedHosts: [api.acme.example]
server: {baseUrl: "https://api.acme.example"}
auth: [{id: none, type: none}]
methods:
  - {id: get, name: Get, request: {method: GET, path: /get}, script: {file: scripts/get.js}}
script: {file: all.js}
`

// TestScriptsInFiles: a script in a file is the same as one under source, also for the hash, and what is no file of the
// folder is told with its line.
func TestScriptsInFiles(t *testing.T) {
	t.Parallel()
	all, get := "function after_action() { return true; }\n", "function before_action() {\n  return \"}\";\n}\n"
	folder := fstest.MapFS{"all.js": {Data: []byte(all)}, "scripts/get.js": {Data: []byte(get)}, "bad.js": {Data: []byte("\xff")}, "secret.txt": {Data: []byte("x")}}
	def, problems := connector.ParseIn(folder, "connector.yaml", []byte(filedDefinition))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if def.Script.Source != all || def.Methods[0].Script.Source != get || def.Script.File != "" || !def.FilesRead() {
		t.Errorf("the scripts are %+v and %+v", *def.Script, *def.Methods[0].Script)
	}
	again, problems := connector.Parse("stored", def.JSON())
	if len(problems) > 0 || again.Hash() != def.Hash() || again.FilesRead() {
		t.Errorf("what is stored is another definition: %v", problems)
	}
	folder["all.js"] = &fstest.MapFile{Data: []byte("function after_action() { return false; }\n")}
	if changed, _ := connector.ParseIn(folder, "connector.yaml", []byte(filedDefinition)); changed.Hash() == def.Hash() {
		t.Error("another script has the same hash")
	}
	for name, want := range map[string]string{
		"gone.js": "does not exist", "../all.js": "script.file", "/etc/all.js": "script.file", "secret.txt": "script.file", "bad.js": "bad.js",
	} {
		text := strings.Replace(filedDefinition, "script: {file: all.js}", "script: {file: "+name+"}", 1)
		def, problems := connector.ParseIn(folder, "connector.yaml", []byte(text))
		if def != nil || len(problems) == 0 || problems[0].Line != 9 || !strings.Contains(problems[0].Message, want) {
			t.Errorf("%s: %v, want %q in line 9", name, problems, want)
		}
	}
	if def, problems := connector.Parse("sent", []byte(filedDefinition)); def != nil || !strings.Contains(problems[0].Message, "is not here") {
		t.Errorf("a document alone is taken without its script: %v", problems)
	}
	both := strings.Replace(filedDefinition, "script: {file: all.js}", "script: {file: all.js, source: x}", 1)
	if def, problems := connector.ParseIn(folder, "connector.yaml", []byte(both)); def != nil || !strings.Contains(problems[0].Message, "source and file") {
		t.Errorf("both: %v", problems)
	}
}
