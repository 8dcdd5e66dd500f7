// Package w1 holds the workload W1 as a partner would ship it: a connector and a template.
//
// W1 is: a webhook brings a contact; six of its fields and the correlation id go to POST /crm; the
// contact's country decides whether the CRM's id goes to POST /final/eu or POST /final/row. The connector
// sends to whatever its account's property SinkUrl names.
package w1

import (
	_ "embed"
	"os"
	"path/filepath"
)

// ConnectorName is the connector's name in the API, and ConnectorUID its UID in documents.
const (
	ConnectorName = "Bench Sink"
	ConnectorUID  = "5d0c1f52-8c4e-4c0e-9a55-6f7f3b0a2e11"
)

//go:embed connector.yaml
var connector []byte

// Template is the export document of the template, ready for import.
//
//go:embed template.json
var Template []byte

// WriteConnector puts the connector's folder into the folder of connectors.
func WriteConnector(connectors string) error {
	folder := filepath.Join(connectors, "bench-sink")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "connector.yaml"), connector, 0o644)
}
