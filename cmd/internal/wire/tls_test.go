package wire_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/config"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
)

// authority is a certificate authority of its own.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	// file is its certificate as PEM.
	file string
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	a := &authority{t: t}
	a.cert, a.key = a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	})
	a.file = a.write(name+".pem", "CERTIFICATE", a.cert.Raw)
	return a
}

// sign signs a certificate for an hour, with the authority's key or, for itself, its own.
func (a *authority) sign(template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert, key
}

func (a *authority) write(name, kind string, raw []byte) string {
	a.t.Helper()
	path := filepath.Join(a.t.TempDir(), name)
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: raw}), 0o600); err != nil {
		a.t.Fatal(err)
	}
	return path
}

// server is the configuration of a server at 127.0.0.1 that wants a certificate of
// this authority from its clients if mutual.
func (a *authority) server(mutual bool) *tls.Config {
	a.t.Helper()
	cert, key := a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "server"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	c := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: key}}}
	if mutual {
		c.ClientCAs = x509.NewCertPool()
		c.ClientCAs.AddCert(a.cert)
		c.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return c
}

// client writes a client's certificate and key.
func (a *authority) client() (certFile, keyFile string) {
	a.t.Helper()
	cert, key := a.sign(&x509.Certificate{Subject: pkix.Name{CommonName: "client"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	return a.write("client.pem", "CERTIFICATE", cert.Raw), a.write("client.key", "PRIVATE KEY", raw)
}

// handshakes are what a configuration may say, and whether it gets in.
func handshakes(t *testing.T, ours, others *authority) map[string]struct {
	tls    config.TLS
	mutual bool
	in     bool
} {
	t.Helper()
	cert, key := ours.client()
	wrongCert, wrongKey := others.client()
	return map[string]struct {
		tls    config.TLS
		mutual bool
		in     bool
	}{
		"the right authority":          {config.TLS{Enabled: true, CAFile: ours.file}, false, true},
		"the system's authorities":     {config.TLS{Enabled: true}, false, false},
		"another authority":            {config.TLS{Enabled: true, CAFile: others.file}, false, false},
		"another name":                 {config.TLS{Enabled: true, CAFile: ours.file, ServerName: "elsewhere"}, false, false},
		"no TLS":                       {config.TLS{}, false, false},
		"a client's certificate":       {config.TLS{Enabled: true, CAFile: ours.file, CertFile: cert, KeyFile: key}, true, true},
		"no client's certificate":      {config.TLS{Enabled: true, CAFile: ours.file}, true, false},
		"another's client certificate": {config.TLS{Enabled: true, CAFile: ours.file, CertFile: wrongCert, KeyFile: wrongKey}, true, false},
	}
}

// TestKafkaOverTLS: a broker with TLS and SASL lets in who has the right authority,
// where it is asked for the right certificate, and the password.
func TestKafkaOverTLS(t *testing.T) {
	ours, others := newAuthority(t, "ours"), newAuthority(t, "others")
	for name, c := range handshakes(t, ours, others) {
		for _, mechanism := range []config.Mechanism{"none", "scram-sha-512"} {
			t.Run(name+", "+string(mechanism), func(t *testing.T) {
				broker := []kfake.Opt{kfake.NumBrokers(1), kfake.TLS(ours.server(c.mutual))}
				if mechanism != "none" {
					broker = append(broker, kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-512", "tw", "swordfish"))
				}
				cluster, err := kfake.NewCluster(broker...)
				if err != nil {
					t.Fatal(err)
				}
				defer cluster.Close()
				k := config.Default().Kafka
				k.Brokers, k.TLS = cluster.ListenAddrs(), c.tls
				k.SASL = config.SASL{Mechanism: mechanism, User: "tw", Password: config.Literal("swordfish")}
				opts, err := wire.Kafka(k, zerolog.Nop())
				if err != nil {
					t.Fatal(err)
				}
				client, err := kgo.NewClient(append(opts, kgo.RequestRetries(0), kgo.RetryTimeout(3*time.Second))...)
				if err != nil {
					t.Fatal(err)
				}
				defer client.Close()
				if err := client.Ping(t.Context()); (err == nil) != c.in {
					t.Errorf("%v, want in: %t", err, c.in)
				}
			})
		}
	}
}

// TestClickHouseTLS: the configuration of a connection does the handshakes it should.
// That inserts and queries go over it is a test of sinks/clickhouse.
func TestClickHouseTLS(t *testing.T) {
	ours, others := newAuthority(t, "ours"), newAuthority(t, "others")
	for name, c := range handshakes(t, ours, others) {
		t.Run(name, func(t *testing.T) {
			conf := config.Default().ClickHouse
			conf.TLS = c.tls
			o, err := wire.ClickHouse(conf)
			if err != nil {
				t.Fatal(err)
			}
			if o.TLS == nil {
				if c.tls.Enabled {
					t.Fatal("TLS is on, and the connection has none")
				}
				return
			}
			if err := handshake(t, ours.server(c.mutual), o.TLS); (err == nil) != c.in {
				t.Errorf("%v, want in: %t", err, c.in)
			}
		})
	}
}

// handshake returns what the client finds, or else the server.
func handshake(t *testing.T, server, client *tls.Config) error {
	t.Helper()
	ln, err := tls.Listen("tcp", "127.0.0.1:0", server)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	served := make(chan error, 1)
	go func() {
		conn, err := ln.Accept()
		if err == nil {
			err = conn.(*tls.Conn).HandshakeContext(t.Context())
			conn.Close()
		}
		served <- err
	}()
	conn, err := (&tls.Dialer{Config: client}).DialContext(t.Context(), "tcp", ln.Addr().String())
	if err == nil {
		conn.Close()
	}
	if wrong := <-served; err == nil {
		err = wrong
	}
	return err
}
