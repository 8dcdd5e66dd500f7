// Package revoke holds a connector whose vendor can be asked to revoke tokens, a template that uses it, and that vendor.
package revoke

import (
	_ "embed"
	"os"
	"path/filepath"
)

// ConnectorName is the connector's name in the API, and ConnectorUID its UID in documents.
const (
	ConnectorName = "Bench Vendor"
	ConnectorUID  = "5d0c1f52-8c4e-4c0e-9a55-6f7f3b0a2e12"
)

//go:embed connector.yaml
var connector []byte

// Template is the export document of the template: a webhook, and a call with the credential.
//
//go:embed template.json
var Template []byte

// WriteConnector puts the connector's folder into the folder of connectors.
func WriteConnector(connectors string) error {
	folder := filepath.Join(connectors, "bench-vendor")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "connector.yaml"), connector, 0o644)
}
