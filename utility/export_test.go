package utility

import "paceline/connector"

// ScriptStorage is the storage that Provide gives to scripts.
func ScriptStorage(c Config) connector.ScriptStorage { return scriptStorage{newKeeper(c)} }

// Preventer is what the Cross Updating Preventer keeps of one record, for tests of many interleavings.
type Preventer struct{ p passed }

// UpdateOK and Store take the place of the methods with that name.
func (p *Preventer) UpdateOK(outward bool, data string) bool {
	other := outbound
	if outward {
		other = inbound
	}
	news, _ := p.p.news(other, data, 0)
	return news
}

func (p *Preventer) Store(outward bool, data string) {
	direction := inbound
	if outward {
		direction = outbound
	}
	p.p.store(direction, echo{Digest: data})
}

// ReadPreventer reads what a release has kept.
func ReadPreventer(doc string) (*Preventer, error) {
	p, err := readPassed([]byte(doc))
	return &Preventer{p}, err
}

// Indented is how large a document becomes, for tests.
func Indented(doc []byte) int { return indented(doc) }
