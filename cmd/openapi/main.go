// Command openapi writes the OpenAPI document of the API to the file that it is given.
package main

import (
	"fmt"
	"os"

	"paceline/server/api"
)

func main() {
	doc, err := api.New(api.Services{}).OpenAPI()
	if err == nil {
		err = os.WriteFile(os.Args[1], doc, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "openapi:", err)
		os.Exit(1)
	}
}
