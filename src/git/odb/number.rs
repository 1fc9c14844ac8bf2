//! Numbers of one kind each: an object's is no commit's.
//!
//! # Design
//!
//! A number is stored plus one, so that an `Option` of it takes four bytes too. There are tables with one for each of
//! millions of objects.

/// Makes a type of numbers from 0 to 2^32 - 2.
macro_rules! number {
    ($(#[$doc:meta])* $visibility:vis struct $Name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(transparent)]
        $visibility struct $Name(std::num::NonZeroU32);

        #[allow(dead_code, reason = "no kind of number needs all of it")]
        impl $Name {
            /// The number `number`, which is below 2^32 - 1.
            #[inline]
            $visibility const fn new(number: u32) -> Self {
                Self(std::num::NonZeroU32::MIN.saturating_add(number))
            }

            /// As a number.
            #[inline]
            $visibility const fn get(self) -> u32 {
                self.0.get() - 1
            }

            /// As a place in a list.
            #[inline]
            $visibility const fn index(self) -> usize {
                self.get() as usize
            }

            /// The first `count` numbers.
            #[inline]
            $visibility fn first(
                count: usize,
            ) -> impl DoubleEndedIterator<Item = Self> + ExactSizeIterator + Clone {
                (0..count as u32).map(Self::new)
            }

            /// The numbers of this range. `first` and `skip` would count up to its start.
            #[inline]
            $visibility fn range(range: std::ops::Range<usize>) -> impl Iterator<Item = Self> + Clone {
                (range.start as u32..range.end as u32).map(Self::new)
            }

            /// As four bytes, of which none are zero for no number.
            #[inline]
            $visibility const fn to_bits(number: Option<Self>) -> u32 {
                match number {
                    Some(number) => number.0.get(),
                    None => 0,
                }
            }

            /// What [`Self::to_bits`] gives.
            #[inline]
            $visibility const fn from_bits(bits: u32) -> Option<Self> {
                match std::num::NonZeroU32::new(bits) {
                    Some(bits) => Some(Self(bits)),
                    None => None,
                }
            }

            /// As a word that is written down; the largest for no number.
            $visibility const fn to_word(number: Option<Self>) -> u32 {
                Self::to_bits(number).wrapping_sub(1)
            }

            /// What [`Self::to_word`] gives.
            $visibility const fn from_word(word: u32) -> Option<Self> {
                Self::from_bits(word.wrapping_add(1))
            }
        }

        impl std::fmt::Debug for $Name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.get(), out)
            }
        }
    };
}
pub(crate) use number;

number! {
    /// An object's number: its place among the sorted ids of the whole store.
    pub struct ObjectNumber
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_takes_no_room_and_order_is_that_of_numbers() {
        assert_eq!((size_of::<ObjectNumber>(), size_of::<Option<ObjectNumber>>()), (4, 4));
        for number in [0, 1, 77, u32::MAX - 1] {
            let one = Some(ObjectNumber::new(number));
            assert_eq!(one.map(ObjectNumber::get), Some(number));
            assert_eq!(ObjectNumber::from_bits(ObjectNumber::to_bits(one)), one);
            assert_eq!((ObjectNumber::to_word(one), ObjectNumber::from_word(number)), (number, one));
        }
        assert_eq!((ObjectNumber::to_word(None), ObjectNumber::from_word(u32::MAX)), (u32::MAX, None));
        assert!(
            ObjectNumber::first(100).is_sorted()
                && ObjectNumber::first(3).eq([0, 1, 2].map(ObjectNumber::new))
        );
    }
}
