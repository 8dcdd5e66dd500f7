package main

import (
	"runtime"
	"runtime/debug"
)

// version is set by the build; a build without it names its commit.
var version = ""

type versionCommand struct{}

// Run prints the version, the commit and what built it.
func (versionCommand) Run(c *console) error {
	c.printf("paceline %s (%s, %s/%s)\n", versionText(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}

func versionText() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	commit, changed := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = "+changes"
		}
	}
	if commit == "" {
		return "development"
	}
	return "development " + commit + changed
}
