package connectors

import (
	"slices"
	"strings"
	"testing"

	"paceline/connector"
)

// utilityNames are the connectors and methods that people know from elsewhere, by the names that they know.
var utilityNames = map[string]string{
	"Generic Webhook":          "GET, POST, PUT, PATCH, DELETE, Webhook",
	"Generic Form":             "Post",
	"Generic File":             "Create Delimited Text File",
	"Generic File Downloader":  "Download",
	"Cycle Data Storage":       "Set, Append, Get, Delete, Get All, Delete All",
	"Global Data Storage":      "Set, Append, Get, Delete, Get All, Delete All",
	"Cycle Object Storage":     "Add/Update Entry, Get, Get All Entries, Delete",
	"Global Object Storage":    "Add/Update Entry, Get, Get All Entries, Delete",
	"Cycle Counter Storage":    "Increment, Decrement, Get, Set, Delete",
	"Global Counter Storage":   "Increment, Decrement, Get, Set, Delete",
	"Entity Cross Ref Storage": "Create, Get All, Get by Entity 1 ID, Get by Entity 2 ID, Update, Delete, Import Rows",
	"Cross Updating Preventer": "Update OK (Outbound), Store Data (Outbound), Update OK (Inbound), Store Data (Inbound)",
	"Data Tools": "Verify Email Syntax, Regex Check, Fill Template, CSV to JSON, JSON to CSV, XML to JSON, JSON to XML, XLSX to JSON, JSON to XLSX, " +
		"Zip, Unzip, Hash, Sign, Encode, Decode",
	"Error Webhook": "Webhook",
	"HTTP Request":  "GET, POST, PUT, PATCH, DELETE",
	"Email":         "Send Email",
	"Lookup Table":  "Load Table, Look Up",
	"Cycle Link":    "Start Transaction",
}

func TestUtilitiesHaveTheirNames(t *testing.T) {
	t.Parallel()
	folders, err := Files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for _, folder := range folders {
		doc, err := Files.ReadFile(folder.Name() + "/connector.yaml")
		if err != nil {
			t.Fatal(err)
		}
		def, problems := connector.Parse(folder.Name(), doc)
		if def == nil {
			t.Fatal(problems)
		}
		for _, m := range def.Methods {
			found[def.Metadata.Name] = append(found[def.Metadata.Name], m.Name)
		}
		for _, trigger := range def.Triggers {
			found[def.Metadata.Name] = append(found[def.Metadata.Name], trigger.Name)
		}
	}
	for name, methods := range utilityNames {
		for _, method := range strings.Split(methods, ", ") {
			if !slices.Contains(found[name], method) {
				t.Errorf("%s has no method %s: %q", name, method, found[name])
			}
		}
	}
}
