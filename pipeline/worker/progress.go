package worker

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// position is where a partition stands: the next offset to fold and the drain
// in progress before it.
type position struct {
	next   int64
	cursor fold.Cursor
}

// metadataTag opens the metadata of our commits. Offsets committed by a tool,
// without it, are refused: nobody could know what was emitted before them.
const metadataTag = "tw1:"

// encodeProgress renders a cursor as the metadata of an offset. Kafka wants
// text there.
func encodeProgress(c fold.Cursor) (string, error) {
	p := pb.Progress{Draining: c.Draining}
	if c.Draining {
		p.ControlOffset, p.LastHash, p.LastCustomer = c.ControlOffset, c.LastHash, c.LastCustomer
		p.Stage = uint32(c.Stage + 1)
	}
	raw, err := p.MarshalVT()
	if err != nil {
		return "", fmt.Errorf("encode progress: %w", err)
	}
	return metadataTag + base64.StdEncoding.EncodeToString(raw), nil
}

// decodeProgress is the inverse of encodeProgress.
func decodeProgress(metadata string) (fold.Cursor, error) {
	text, ok := strings.CutPrefix(metadata, metadataTag)
	if !ok {
		return fold.Cursor{}, fmt.Errorf("decode progress: metadata %.40q is not ours (no %q)", metadata, metadataTag)
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return fold.Cursor{}, fmt.Errorf("decode progress: %w", err)
	}
	var p pb.Progress
	if err := p.UnmarshalVT(raw); err != nil {
		return fold.Cursor{}, fmt.Errorf("decode progress: %w", err)
	}
	if !p.Draining {
		return fold.Cursor{}, nil
	}
	return fold.Cursor{
		Draining: true, ControlOffset: p.ControlOffset, Stage: int(p.Stage) - 1, // -1 is LastStage
		LastHash: p.LastHash, LastCustomer: p.LastCustomer,
	}, nil
}
