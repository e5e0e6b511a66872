package fold_test

import (
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/fold"
)

// savedBank is a bank after some months, with all of its state records.
func savedBank(b *testing.B, saves *fold.Saves) (part *fold.Partition, customers int) {
	b.Helper()
	p := player{t: b, log: bankLog(b, 1_600, 200), part: fold.New(fold.Options{Saves: true}), all: map[string][]byte{}, mute: 1 << 62}
	for i := range p.log {
		p.apply(i, 1000)
	}
	customers = p.part.Unsaved()
	p.part.Save(customers, saves)
	p.part.SaveProgress(int64(len(p.log)), saves)
	return p.part, customers
}

func bytesOf(s *fold.Saves) (n int) {
	for _, r := range s.List {
		n += len(r.Key) + len(r.Value)
	}
	return n
}

// BenchmarkSave is the cost of a customer's records when he has had a day.
func BenchmarkSave(b *testing.B) {
	var saves fold.Saves
	part, n := savedBank(b, &saves)
	b.ReportMetric(float64(bytesOf(&saves))/float64(n), "first-B/customer")
	b.ReportAllocs()
	size := 0
	watch := startWatch()
	for b.Loop() {
		saves.Reset()
		part.MarkAll()
		part.Save(n, &saves)
		size = bytesOf(&saves)
	}
	b.ReportMetric(float64(size)/float64(n), "B/customer")
	watch.report(b, n)
}

// BenchmarkRestore is the cost of taking a customer's records, all months of his.
func BenchmarkRestore(b *testing.B) {
	var saves fold.Saves
	_, n := savedBank(b, &saves)
	watch := startWatch()
	for b.Loop() {
		l := fold.NewLoading(fold.Options{Saves: true})
		for _, r := range saves.List {
			l.Take(r.Key, r.Value)
		}
		if _, _, err := l.Done(); err != nil {
			b.Fatal(err)
		}
	}
	watch.report(b, n)
}

// BenchmarkResort is the cost of taking a customer into another number of partitions.
func BenchmarkResort(b *testing.B) {
	log := bankLog(b, 1_600, 100)
	copies := foldedCopies(b, log[:closes(b, log)[98]+1], 3)
	b.ReportAllocs()
	watch := startWatch()
	n := int64(0)
	for b.Loop() {
		_, customers, err := resorted(copies, 5)
		if err != nil {
			b.Fatal(err)
		}
		n = 0
		for _, c := range customers {
			n += c
		}
	}
	watch.report(b, int(n))
}
