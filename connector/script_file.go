package connector

import (
	"fmt"
	"io"
	"io/fs"
	"regexp"
)

// scriptPath is the schema's pattern: nothing else of a folder is read, and nothing outside of it.
var scriptPath = regexp.MustCompile(`^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*[.]js$`)

// readScripts puts the scripts that stand in files of the folder into the document, as if they were written under source,
// and reports whether there are any. A file that can't be read leaves its key and is a problem.
func readScripts(tree *node, folder fs.FS, p *problems) (some bool) {
	read := func(at string, owner *node) {
		script := owner.child("script")
		if script == nil || script.kind != mapNode || script.child("source") != nil {
			return
		}
		for i := range script.keys {
			k := &script.keys[i]
			if k.name != "file" || k.value.kind != stringNode || !scriptPath.MatchString(k.value.text) {
				continue // the schema tells
			}
			text, err := readScript(folder, k.value.text)
			if err != nil {
				p.add(pointer(at, "script", "file"), err.Error(), "Add it beside the connector's file, or correct the name.")
				return
			}
			k.name, k.value = "source", &node{kind: stringNode, text: text, lineNum: k.value.lineNum}
			some = true
		}
	}
	read("", tree)
	for _, list := range []string{"methods", "triggers"} {
		if entries := tree.child(list); entries != nil && entries.kind == listNode {
			for i, entry := range entries.items {
				read(pointer("/"+list, i), entry)
			}
		}
	}
	return some
}

func readScript(folder fs.FS, name string) (string, error) {
	f, err := folder.Open(name)
	if err != nil {
		return "", fmt.Errorf("the file %s does not exist", shorten(name))
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSource+1))
	if err != nil {
		return "", fmt.Errorf("the file %s can not be read", shorten(name))
	}
	if len(text) > maxSource {
		return "", fmt.Errorf("the file %s has more than %d bytes", shorten(name), maxSource)
	}
	if failed := checkText(text); failed != nil {
		return "", fmt.Errorf("the file %s: %w", shorten(name), failed)
	}
	return string(text), nil
}
