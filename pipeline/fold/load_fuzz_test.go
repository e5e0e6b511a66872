package fold_test

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/cespare/xxhash/v2"

	"github.com/tierwatch/tierwatch/pipeline/codec"
	"github.com/tierwatch/tierwatch/pipeline/fold"
)

// sealed is a state record of a format with this body.
func sealed(format byte, body []byte) []byte {
	r := binary.LittleEndian.AppendUint64([]byte{format}, xxhash.Sum64(body))
	return append(r, body...)
}

// FuzzLoading: state records that passed their checksum but make no sense are an
// error, not a crash.
func FuzzLoading(f *testing.F) {
	var saves fold.Saves
	p := player{t: f, log: bankLog(f, 3, 40), part: fold.New(fold.Options{Saves: true}), all: map[string][]byte{}, mute: 1 << 62}
	for i := range p.log {
		p.apply(i, 1000)
	}
	p.part.Save(p.part.Unsaved(), &saves)
	p.part.SaveProgress(int64(len(p.log)), &saves)
	const header = 9
	var last []byte
	for _, r := range saves.List {
		if r.Value != nil {
			for format := byte(1); format <= codec.Format; format++ {
				f.Add(format, r.Value[header:])
			}
			last = r.Value
		}
	}
	f.Fuzz(func(t *testing.T, format byte, body []byte) {
		l := fold.NewLoading(fold.Options{})
		l.Take([]byte("C/h"), sealed(format, body))
		l.Take([]byte("/progress"), last)
		_, _, err := l.Done()
		if err != nil && !errors.Is(err, codec.ErrDamaged) && !errors.Is(err, fold.ErrPoison) {
			t.Logf("refused: %v", err)
		}
	})
}
