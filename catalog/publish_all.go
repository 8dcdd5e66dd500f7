package catalog

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"paceline"
	"paceline/connector"
)

// Kept is a definition of a folder that was not published, because it is wrong or because its version is
// published with another content; what was published before stays.
type Kept struct {
	File string
	Err  error
}

// PublishAll publishes every connector folder of fsys (<key>/connector.yaml or .json) to the shipped
// library. A definition that cannot be published is logged and returned, and the others go on: a start
// keeps what is published. The error is the store's.
func (r *Room) PublishAll(ctx context.Context, fsys fs.FS) ([]Kept, error) {
	files, err := connectorFiles(fsys)
	if err != nil {
		return nil, err
	}
	var kept []Kept
	for _, file := range files {
		pub, err := ReadPublication(fsys, file)
		var out Published
		if err == nil {
			out, err = r.Publish(ctx, pub)
		}
		switch {
		case err == nil:
			if out.Changed {
				r.log.Info("published a connector release", "connector", out.ConnectorKey, "version", out.Key.Version)
			}
		case isCatalogError(err) || errors.Is(err, fs.ErrNotExist):
			r.log.Error("a connector was not published; what was published before stays", "file", file, "error", err)
			kept = append(kept, Kept{file, err})
		default:
			return kept, err
		}
	}
	return kept, nil
}

// isCatalogError tells mistakes of a document from failures of the store.
func isCatalogError(err error) bool { return paceline.KindOf(err) == paceline.Invalid }

var connectorFileNames = []string{"connector.yaml", "connector.yml", "connector.json"}

func connectorFiles(fsys fs.FS) (files []string, err error) {
	folders, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, fmt.Errorf("read the connectors: %w", err)
	}
	for _, folder := range folders {
		if !folder.IsDir() {
			continue
		}
		for _, name := range connectorFileNames {
			file := path.Join(folder.Name(), name)
			if _, err := fs.Stat(fsys, file); err == nil {
				files = append(files, file)
			}
		}
	}
	return files, nil
}

// maxIcon bounds an icon's file, in bytes.
const maxIcon = 256 << 10

var iconTypes = map[string]string{".svg": "image/svg+xml", ".png": "image/png"}

// ReadPublication reads a definition and its icon from a folder of fsys.
func ReadPublication(fsys fs.FS, file string) (Publication, error) {
	doc, err := fs.ReadFile(fsys, file)
	if err != nil {
		return Publication{}, fmt.Errorf("read %s: %w", file, err)
	}
	pub := Publication{Name: file, Document: doc}
	if text, err := fs.ReadFile(fsys, path.Join(path.Dir(file), connector.SignatureFile)); err == nil {
		signature, err := connector.ParseSignature(text)
		if err != nil {
			return Publication{}, paceline.Fail(paceline.CodeDefinitionInvalid, "reason", path.Join(path.Dir(file), err.Error()))
		}
		pub.Signature = &signature
	}
	folder, err := fs.Sub(fsys, path.Dir(file))
	if err != nil {
		return pub, fmt.Errorf("read beside %s: %w", file, err)
	}
	def, _ := connector.ParseIn(folder, file, doc)
	if def != nil && def.FilesRead() {
		pub.Document = def.JSON()
	}
	if def == nil || def.Metadata.Icon == "" {
		return pub, nil // Publish tells the mistakes
	}
	icon := path.Join(path.Dir(file), def.Metadata.Icon)
	kind, known := iconTypes[strings.ToLower(path.Ext(icon))]
	raw, err := fs.ReadFile(fsys, icon)
	if err != nil || !known || len(raw) > maxIcon {
		return pub, paceline.Fail(paceline.CodeDefinitionInvalid, "reason",
			fmt.Sprintf("%s: the icon %s is not an svg or png file of at most 256 KiB beside it", file, def.Metadata.Icon)).Because(err)
	}
	uri := "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(raw)
	pub.Icon = &uri
	return pub, nil
}
