package connector

import (
	"embed"
	"strings"
	"sync"

	"paceline"
)

// presetFiles say what entries of auth have in common that use the same sign-in of a vendor of many products: the keys of
// an entry, one file for each preset. The schema lists their names.
//
//go:embed presets/*.yaml
var presetFiles embed.FS

// presets are the keys by the name of the preset.
var presets = sync.OnceValue(func() map[string]*node {
	entries, err := presetFiles.ReadDir("presets")
	if err != nil {
		panic("embedded: " + err.Error())
	}
	all := map[string]*node{}
	for _, e := range entries {
		text, err := presetFiles.ReadFile("presets/" + e.Name())
		if err != nil {
			panic("embedded: " + err.Error())
		}
		tree, failed := readSource(text)
		if failed != nil {
			panic(e.Name() + ": " + failed.Error())
		}
		all[strings.TrimSuffix(e.Name(), ".yaml")] = tree
	}
	return all
})

// fillPresets writes the keys of presets into the entries that name one and have no tokenUrl. So a release holds what its
// preset said when it was published, and has the same hash whatever a later one says.
func fillPresets(tree *node) {
	list := tree.child("auth")
	if list == nil || list.kind != listNode {
		return
	}
	for _, entry := range list.items {
		name := entry.child("preset")
		if name == nil || name.kind != stringNode || entry.kind != mapNode || entry.child("tokenUrl") != nil {
			continue
		}
		preset := presets()[name.text]
		if preset == nil {
			continue // the schema tells
		}
		for _, k := range preset.keys {
			value := *k.value
			value.lineNum = name.lineNum
			entry.put(k.name, name.lineNum, func() *node { return &value })
		}
	}
}

// SharedApp returns the name under which connectors share one app of the partner at a vendor, "" for an entry with an app of
// its own: also for one whose preset does not say alone where the app's secret goes.
func (a *Auth) SharedApp() paceline.ID {
	if !a.OAuth2() || a.Preset == "" {
		return ""
	}
	preset := presets()[a.Preset]
	same := func(key, value string) bool {
		n := preset.child(key)
		return value == "" || n != nil && n.text == value
	}
	if preset == nil || !same("tokenUrl", a.TokenURL) || !same("revokeUrl", a.RevokeURL) {
		return ""
	}
	return nameUID(presetSpace, a.Preset)
}

// presetSpace is the UUID in whose space presets have theirs.
const presetSpace paceline.ID = "0f6f4f0a-5d1e-4a55-9a3e-5b6f0d2f7c11"
