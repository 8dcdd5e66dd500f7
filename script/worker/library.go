package worker

import (
	"embed"
	"strings"

	"modernc.org/quickjs"

	"paceline/script"
	"paceline/script/wire"
)

//go:embed library
var libraryFiles embed.FS

// libraries are what scripts may name, in the order in which they need each other. They cost a good part of a
// machine's start, so each is there only for scripts that name it.
var libraries = []struct {
	file  string
	words []string
	needs string // a word that has to stand there, too: tz alone is a name like any other
}{
	{"moment.js", []string{"moment"}, ""},
	{"moment-timezone.js", []string{"tz", "moment-timezone"}, "moment"},
	{"crypto-js.js", []string{"CryptoJS", "crypto-js", "cryptojs"}, ""},
}

// libraries makes those that the script names.
func (m *machine) libraries(code string) *wire.Error {
	for _, l := range libraries {
		named := false
		for _, word := range l.words {
			named = named || script.Mentions(code, word)
		}
		if !named || l.needs != "" && !script.Mentions(code, l.needs) {
			continue
		}
		program, e := m.library(l.file)
		if e != nil || program == nil {
			return e
		}
		m.remaining()
		v, err := m.vm.EvalBytecodeValue(program)
		if err != nil {
			return m.failure(err)
		}
		m.hold(v)
	}
	return nil
}

// library returns the bytecode of a library, which is made once for each process. It is nil where the program was built
// without it: what the script names is undefined then, unless the script means something else by the name.
func (m *machine) library(file string) ([]byte, *wire.Error) {
	if code, ok := m.run.worker.library[file]; ok {
		return code, nil
	}
	var code []byte
	if source, err := libraryFiles.ReadFile("library/" + file); err == nil {
		vm, err := quickjs.NewVM()
		if err != nil {
			panic(over{script.LimitMemory})
		}
		defer vm.Close()
		if code, err = vm.Compile(strings.Repeat("\n", bootLine)+string(source), quickjs.EvalGlobal); err != nil {
			return nil, m.failure(err)
		}
	}
	if m.run.worker.library == nil {
		m.run.worker.library = map[string][]byte{}
	}
	m.run.worker.library[file] = code
	return code, nil
}

// Licenses are the licences of the libraries in this program, "" when it was built without them.
func Licenses() string {
	text, err := libraryFiles.ReadFile("library/licenses.txt")
	if err != nil {
		return ""
	}
	return string(text)
}
