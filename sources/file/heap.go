package file

// A binary heap of anything ordered by an Entry; package container/heap would
// box every element.

type headed interface{ head() *Entry }

func (e *Entry) head() *Entry { return e }

func push[T headed](h []T, v T) []T {
	h = append(h, v)
	for i := len(h) - 1; i > 0; {
		up := (i - 1) / 2
		if !h[i].head().before(h[up].head()) {
			break
		}
		h[i], h[up] = h[up], h[i]
		i = up
	}
	return h
}

// sink restores the order after the first element has changed.
func sink[T headed](h []T) {
	for i := 0; ; {
		least := i
		for c := 2*i + 1; c <= 2*i+2 && c < len(h); c++ {
			if h[c].head().before(h[least].head()) {
				least = c
			}
		}
		if least == i {
			return
		}
		h[i], h[least] = h[least], h[i]
		i = least
	}
}

// pop removes the first element.
func pop[T headed](h []T) (T, []T) {
	first := h[0]
	last := len(h) - 1
	h[0] = h[last]
	var none T
	h[last] = none
	h = h[:last]
	sink(h)
	return first, h
}
