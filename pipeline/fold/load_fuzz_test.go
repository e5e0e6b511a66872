package fold_test

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/cespare/xxhash/v2"

	"github.com/tierwatch/tierwatch/pipeline/codec"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// sealed is a state record of a format with this body.
func sealed(format byte, body []byte) []byte {
	r := binary.LittleEndian.AppendUint64([]byte{format}, xxhash.Sum64(body)+uint64(format)-1)
	return append(r, body...)
}

// FuzzLoading: state records that passed their checksum but make no sense are told as
// damaged, or as those of a newer program, and are no crash.
func FuzzLoading(f *testing.F) {
	var saves fold.Saves
	p := player{t: f, log: bankLog(f, 3, 40), part: fold.New(fold.Options{Saves: true}), all: map[string][]byte{}, mute: 1 << 62}
	for i := range p.log {
		p.apply(i, 1000)
	}
	p.part.Save(p.part.Unsaved(), &saves)
	p.part.SaveProgress(int64(len(p.log)), &saves)
	const header = 9
	progress := saves.List[len(saves.List)-1]
	for _, r := range saves.List {
		for format := byte(1); r.Value != nil && format <= codec.Format; format++ {
			f.Add(format, r.Value[header:])
		}
	}
	for _, strange := range []*pb.LogRecord{
		{Policy: &pb.PolicyActivation{Name: "demo", Version: 1, Yaml: []byte("policy: of another time")}}, // one that this program cannot compile
		{Rates: &pb.Rates{Day: 1 << 30, Rates: []*pb.Rate{{Unit: "USD", RateE12: 7}}}},                    // of a day that is none
	} {
		f.Add(byte(codec.Format), controlRecord(f, strange)[header:])
	}
	f.Fuzz(func(t *testing.T, format byte, body []byte) {
		l := fold.NewLoading(fold.Options{})
		for _, r := range saves.List { // all that is due, or nothing would be looked at closely
			l.Take(r.Key, r.Value)
		}
		l.Take([]byte("C/h"), sealed(format, body))
		l.Take(progress.Key, progress.Value)
		_, _, err := l.Done()
		if err != nil && !errors.Is(err, codec.ErrDamaged) && !errors.Is(err, codec.ErrNewer) && !errors.Is(err, fold.ErrPoison) {
			t.Errorf("refused, and neither as damaged nor as newer: %v", err)
		}
	})
}

// controlRecord is the state record of a control record.
func controlRecord(f *testing.F, r *pb.LogRecord) []byte {
	f.Helper()
	value, err := r.MarshalVT()
	if err != nil {
		f.Fatal(err)
	}
	kind, offset, text := uint8(3), int64(2), string(value)
	x := codec.Writer(nil)
	codec.Unsigned(&x, &kind)
	codec.Unsigned(&x, &offset)
	x.Text(&text)
	return x.Seal(0)
}
