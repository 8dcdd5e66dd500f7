// Package web holds the built web application.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Sections are the first parts of the addresses of the application's pages (src/console/router.tsx).
var Sections = []string{"a", "accounts", "custom-connectors", "embedding", "library", "marketplaces", "reports", "scripts", "settings", "template-connectors", "templates"}

// Dist returns the files of the application; index.html is always there. A program that was built without the
// application has a page that says so.
func Dist() fs.FS {
	folder := "dist/app"
	if !Built() {
		folder = "dist"
	}
	files, err := fs.Sub(dist, folder)
	if err != nil {
		panic("dist is embedded: " + err.Error())
	}
	return files
}

// Built reports whether the program has the application.
func Built() bool {
	_, err := fs.Stat(dist, "dist/app/index.html")
	return err == nil
}
