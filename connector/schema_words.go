package connector

import (
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// printer renders the few messages of the schema library that have no words of ours.
var printer = message.NewPrinter(language.English)

// patterns explains each pattern of the schema and gives an example that matches it.
var patterns = map[string]struct{ words, example string }{
	"^[a-z0-9]+(-[a-z0-9]+)*$":                                       {"lower-case letters, digits and single hyphens", "create-ticket"},
	"^[A-Za-z_][A-Za-z0-9_-]*$":                                      {"a name of letters, digits, _ and -", "BaseUrl"},
	"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$": {"a UUID in lower case", "6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c10"},
	"^[0-9]{1,6}(ms|s|m|h|d)$":                                       {"a number with a unit: ms, s, m, h or d", "30s"},
	"^[0-9]{1,6}(B|KiB|MiB)$":                                        {"a number with a unit: B, KiB or MiB", "10MiB"},
	"^[^\"\r\n]$":                                                    {"one character, no quote or line break", ";"},
	"^none$":                                                         {"none, or a mapping such as {use: pages}", "none"},
	"^[0-9]{1,5}[.][0-9]{1,5}[.][0-9]{1,5}$":                         {"a version of three numbers", "1.0.0"},
	"^[A-Za-z0-9_-]+[.](svg|png)$":                                   {"the name of an .svg or .png file in this folder", "icon.svg"},
	"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*[.]js$":                        {"the path of a .js file below this folder", "scripts/tickets.js"},
	"^[1-5][0-9]{2}(-[1-5][0-9]{2})?$":                               {"an HTTP status or a range of them", "400-499"},
	"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*[.]json$":                      {"the path of a .json file below this folder", "fixtures/create-ticket.json"},
}

func patternWords(pattern string) string {
	return firstOf(patterns[pattern].words, "a text that matches "+pattern)
}

func exampleOfPattern(pattern string) string { return firstOf(patterns[pattern].example, pattern) }

// otherwise says what to write in place of words that other formats of connectors have and this one does not, by the place
// of an unknown key, or by that of a value.
var otherwise = func() map[string]string {
	words := map[string]string{
		"auth.type=script":       "Use session, hmac or jwt, or let a script set headers in before_action.",
		"auth.grant=device_code": "Use authorization_code: a person is sent to the vendor by a link.",
	}
	for _, at := range []string{"methods.request.fields", "methods.response.fields", "triggers.payload.fields"} {
		words[at+".readonly"] = "Remove it: what is only read is a response field."
	}
	return words
}()

// exampleOf gives a value for a missing key.
func exampleOf(name string) string {
	examples := map[string]string{
		"apiVersion": "connectors/v1", "kind": "Connector", "metadata": "{key: ..., uid: ..., name: ..., version: 1.0.0}",
		"methods": "[]", "key": "acme-crm", "uid": "a new UUID", "name": "a name", "version": "1.0.0", "scope": "account",
		"id": "create-ticket", "type": "webhook or api_key, as fits here", "in": "header", "value": `"{{auth.ApiKey}}"`,
		"as": "error", "method": "POST", "request": "{method: GET, path: /things}", "loc": "ticket.subject",
		"header": "X-Signature", "when": `"has(query.challenge)"`, "reply": `{status: 200, body: "{{query.challenge}}"}`,
		"fixture": "fixtures/create-ticket.json",
	}
	return firstOf(examples[name], "a value")
}
