package wire

import (
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/tierwatch/tierwatch/cmd/internal/config"
)

// Kafka makes the options that every client of the deployment begins with.
func Kafka(c config.Kafka, log zerolog.Logger) ([]kgo.Opt, error) {
	opts := []kgo.Opt{
		kgo.SeedBrokers(c.Brokers...),
		kgo.ClientID(c.ClientID),
		kgo.WithLogger(kafkaLogger{log}),
		// A node that dies is replaced in seconds; who asks every 5 s, the client's
		// default, hears of it when a transaction has nearly timed out.
		kgo.MetadataMinAge(time.Second),
	}
	t, err := tlsConfig(c.TLS)
	if err != nil {
		return nil, fmt.Errorf("kafka.tls: %w", err)
	}
	if t != nil {
		opts = append(opts, kgo.DialTLSConfig(t))
	}
	if c.SASL.Mechanism == "none" {
		return opts, nil
	}
	password, err := c.SASL.Password.Read()
	if err != nil {
		return nil, fmt.Errorf("kafka.sasl.password: %w", err)
	}
	switch c.SASL.Mechanism {
	case "plain":
		opts = append(opts, kgo.SASL(plain.Auth{User: c.SASL.User, Pass: password}.AsMechanism()))
	case "scram-sha-256":
		opts = append(opts, kgo.SASL(scram.Auth{User: c.SASL.User, Pass: password}.AsSha256Mechanism()))
	case "scram-sha-512":
		opts = append(opts, kgo.SASL(scram.Auth{User: c.SASL.User, Pass: password}.AsSha512Mechanism()))
	}
	return opts, nil
}
