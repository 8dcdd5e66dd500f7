package connector

// Transports of definitions whose methods are called by another protocol than HTTP.
const (
	TransportSQL  = "sql"
	TransportSFTP = "sftp"
)

// TLSDef says how the connection to a database is secured.
type TLSDef struct {
	Mode string `json:"mode"` // (template of properties): verify without one, encrypt without looking at who answers, or off
	CA   string `json:"ca"`   // (template of properties): PEM of the authorities to trust in place of the public ones
}

// TunnelDef is an SSH server through which a database is reached, when its host is not empty.
type TunnelDef struct {
	Host    string `json:"host"`    // (template of properties)
	Port    string `json:"port"`    // (template of properties); 22 without one
	HostKey string `json:"hostKey"` // (template of properties): SHA256 fingerprints of the server's key, which must be known
}
