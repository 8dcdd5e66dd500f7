package connector

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Parse reads and checks a definition in YAML or JSON. name is what problems call the file. The definition
// is nil when there is an error among the problems; warnings leave it usable. One whose scripts are in files beside it
// needs ParseIn.
func Parse(name string, doc []byte) (*Definition, []Problem) { return ParseIn(nil, name, doc) }

// ParseIn is Parse for a definition of a folder: its scripts may be in files of that folder, and stand in the JSON of
// the definition as if they had been written under source.
func ParseIn(folder fs.FS, name string, doc []byte) (*Definition, []Problem) {
	p := &problems{file: name}
	tree, failed := readSource(doc)
	if failed != nil {
		return nil, []Problem{{File: name, Line: failed.line, Message: failed.message, Remedy: failed.remedy}}
	}
	p.tree = tree
	fillPresets(tree)
	read := folder != nil && readScripts(tree, folder, p)
	checkSchema(tree, p)
	if len(p.list) > 0 {
		return nil, p.sorted()
	}
	def := &Definition{json: tree.appendJSON(nil), filesRead: read}
	if err := json.Unmarshal(def.json, def); err != nil {
		p.add("", fmt.Sprintf("the document can not be read: %v", err), "See the format's documentation.")
		return nil, p.list
	}
	sum := sha256.Sum256(def.json)
	def.hash = hex.EncodeToString(sum[:])
	def.normaliseTypes()
	def.hideFilled()
	def.scopeProperties()
	def.stepRoutes()
	def.sourceObjects()
	def.objectParams()
	def.stepParams()
	def.enrichFields()
	def.compiled = build(def, p)
	list := p.sorted()
	if Failed(list) {
		return nil, list
	}
	return def, list
}

// Lint checks a definition and returns its problems by line, none for a good one.
func Lint(name string, doc []byte) []Problem {
	_, problems := Parse(name, doc)
	return problems
}

// FileIn returns the path of a folder's definition: connector.yaml, or connector.json where only that exists.
func FileIn(folder string) string {
	yaml, json := filepath.Join(folder, "connector.yaml"), filepath.Join(folder, "connector.json")
	if _, err := os.Stat(yaml); err != nil {
		if _, err := os.Stat(json); err == nil {
			return json
		}
	}
	return yaml
}

// LintFile checks the definition in a file or folder, with the files that it names.
func LintFile(path string) []Problem {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = FileIn(path)
	}
	doc, err := os.ReadFile(path)
	if err != nil {
		return []Problem{{File: path, Message: "the file can not be read: " + err.Error(), Remedy: "Name a connector's file or folder."}}
	}
	def, list := ParseIn(os.DirFS(filepath.Dir(path)), path, doc)
	if def == nil {
		return list
	}
	tree, _ := readSource(doc)
	p := &problems{file: path, tree: tree, list: list}
	need := func(at, name string) {
		if name == "" {
			return
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(path), filepath.FromSlash(name))); err != nil {
			p.add(at, fmt.Sprintf("the file %s does not exist", name), "Add it beside the connector's file, or correct the name.")
		}
	}
	need("/metadata/icon", def.Metadata.Icon)
	for i, t := range def.Tests {
		need(pointer("/tests", i, "fixture"), t.Fixture)
	}
	return p.sorted()
}
