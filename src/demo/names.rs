//! What people are called, by where their families come from, so that a first name goes with its last name.

use super::dice::Dice;

type Family = (&'static [&'static str], &'static [&'static str]);

const FAMILIES: [Family; 16] = [
    (
        &[
            "Olivia", "James", "Renee", "Marcus", "Hannah", "Daniel", "Grace", "Thomas", "Julian", "Abigail", "Walter",
            "Peggy", "Scott", "Denise", "Curtis", "Laurel",
        ],
        &[
            "Caldwell", "Hollis", "Whitlock", "Park", "Liddell", "Birch", "Turner", "Hastings", "Booth", "Merrill",
            "Langley", "Crane", "Porter", "Fenwick", "Marsh", "Stroud",
        ],
    ),
    (
        &[
            "Sofía",
            "Mateo",
            "Valentina",
            "Diego",
            "Camila",
            "Andrés",
            "Lucía",
            "Javier",
            "Elena",
            "Rafael",
            "Ximena",
            "Óscar",
        ],
        &[
            "Vásquez", "Castillo", "Romero", "Delgado", "Ibáñez", "Fuentes", "Navarro", "Quintero", "Salazar",
            "Herrera", "Peña", "Montoya",
        ],
    ),
    (
        &[
            "Ravi", "Ananya", "Arjun", "Meera", "Vikram", "Priyanka", "Sanjay", "Kavya", "Nikhil", "Divya", "Rohan",
            "Lakshmi",
        ],
        &[
            "Menon",
            "Iyer",
            "Chaudhary",
            "Banerjee",
            "Reddy",
            "Kulkarni",
            "Sharma",
            "Pillai",
            "Deshpande",
            "Bhatt",
            "Nair",
            "Gill",
        ],
    ),
    (
        &["Wei", "Mei", "Jun", "Xiaoling", "Hao", "Yan", "Jing", "Lei", "Shu", "Bowen", "Ting", "Zhen"],
        &["Liu", "Zhang", "Chen", "Huang", "Lin", "Xu", "Guo", "Deng", "Fang", "Shen", "Tang", "Wu"],
    ),
    (
        &[
            "Amara", "Chidi", "Ngozi", "Tunde", "Folake", "Emeka", "Ifeoma", "Kwame", "Abena", "Kofi", "Yetunde",
            "Segun",
        ],
        &[
            "Osei", "Okonkwo", "Adeyemi", "Mensah", "Oyelaran", "Eze", "Boateng", "Balogun", "Nwosu", "Asante",
            "Afolabi", "Danso",
        ],
    ),
    (
        &["Layla", "Omar", "Yasmin", "Khalid", "Noor", "Tariq", "Salma", "Hassan", "Rania", "Ziad", "Huda", "Samir"],
        &[
            "Haddad", "Mansour", "Khoury", "Farouk", "Aziz", "Nasser", "Saleh", "Darwish", "Hamdan", "Qasim", "Sayegh",
            "Rahal",
        ],
    ),
    (
        &[
            "Zofia",
            "Piotr",
            "Agnieszka",
            "Tomasz",
            "Katarzyna",
            "Marek",
            "Magdalena",
            "Paweł",
            "Ewa",
            "Łukasz",
            "Hanna",
            "Jakub",
        ],
        &[
            "Kowalczyk",
            "Zieliński",
            "Mazur",
            "Wójcik",
            "Nowicki",
            "Dudek",
            "Sikora",
            "Baran",
            "Pawlak",
            "Michalak",
            "Kaczmarek",
            "Wróbel",
        ],
    ),
    (
        &[
            "Lena", "Jonas", "Greta", "Matthias", "Annika", "Felix", "Ulrike", "Stefan", "Frieda", "Jürgen", "Katrin",
            "Moritz",
        ],
        &[
            "Brandt", "Köhler", "Vogel", "Schäfer", "Hartmann", "Winkler", "Lorenz", "Böhm", "Krüger", "Seidel",
            "Pfeiffer", "Engel",
        ],
    ),
    (
        &[
            "Camille", "Antoine", "Élodie", "Julien", "Margaux", "Mathieu", "Chloé", "Rémi", "Solène", "Bastien",
            "Noémie", "Gaël",
        ],
        &[
            "Lefèvre",
            "Moreau",
            "Girard",
            "Rousseau",
            "Fontaine",
            "Chevalier",
            "Perrin",
            "Marchand",
            "Dumas",
            "Renard",
            "Colin",
            "Barbier",
        ],
    ),
    (
        &[
            "Sofia", "Luca", "Giulia", "Matteo", "Nadia", "Paolo", "Chiara", "Enzo", "Ilaria", "Davide", "Bianca",
            "Fabio",
        ],
        &[
            "Marchetti",
            "Ferrante",
            "Ricci",
            "Conti",
            "De Luca",
            "Bianchi",
            "Moretti",
            "Gallo",
            "Rinaldi",
            "Caruso",
            "Villa",
            "Serra",
        ],
    ),
    (
        &["Yuki", "Haruto", "Aiko", "Kenji", "Naomi", "Ren", "Sakura", "Daichi", "Emi", "Takumi", "Hana", "Sho"],
        &[
            "Tanaka", "Nakamura", "Fujimoto", "Ishikawa", "Mori", "Okada", "Sakamoto", "Hayashi", "Endo", "Kimura",
            "Matsuda", "Arai",
        ],
    ),
    (
        &["Linh", "Minh", "Thảo", "Quân", "Hương", "Tuấn", "Ngọc", "Khánh", "Mai", "Long", "Trang", "Bảo"],
        &["Nguyen", "Tran", "Pham", "Hoang", "Vo", "Dang", "Bui", "Do", "Ngo", "Duong", "Ly", "Dinh"],
    ),
    (
        &[
            "Ji-woo",
            "Min-jun",
            "Seo-yeon",
            "Hyun",
            "Soo-ah",
            "Tae-yang",
            "Eun-ji",
            "Dong-hyun",
            "Yuna",
            "Sung-min",
            "Hye-jin",
            "Jae",
        ],
        &["Kim", "Lee", "Choi", "Jung", "Kang", "Yoon", "Lim", "Han", "Seo", "Shin", "Kwon", "Hwang"],
    ),
    (
        &[
            "Siobhán", "Cormac", "Aoife", "Declan", "Niamh", "Eoin", "Ciara", "Rory", "Maeve", "Fergus", "Orla",
            "Padraig",
        ],
        &[
            "Byrne",
            "O'Connell",
            "Gallagher",
            "Doyle",
            "Kavanagh",
            "Nolan",
            "McCarthy",
            "Quinn",
            "Brennan",
            "Daly",
            "Foley",
            "Keane",
        ],
    ),
    (
        &["Ingrid", "Lars", "Astrid", "Magnus", "Freja", "Søren", "Linnea", "Erik", "Signe", "Nils", "Maja", "Anders"],
        &[
            "Halvorsen",
            "Lindqvist",
            "Nygård",
            "Bergström",
            "Solberg",
            "Hagen",
            "Dahl",
            "Ekström",
            "Møller",
            "Strand",
            "Holm",
            "Sjöberg",
        ],
    ),
    (
        &[
            "Oksana", "Dmytro", "Iryna", "Andriy", "Elif", "Emre", "Zeynep", "Kostas", "Eleni", "Nikos", "Darya",
            "Mehmet",
        ],
        &[
            "Shevchenko",
            "Kovalenko",
            "Bondar",
            "Melnyk",
            "Yılmaz",
            "Demir",
            "Aydın",
            "Papadakis",
            "Nikolaou",
            "Economou",
            "Tkachuk",
            "Arslan",
        ],
    ),
];

/// A first and a last name that go together.
pub(super) fn person(dice: &mut Dice) -> (&'static str, &'static str) {
    let family = dice.weigh(&[(0, 5), (1, 3), (2, 2), (usize::MAX, 8)]);
    let (first, last) = match family {
        usize::MAX => FAMILIES[dice.below(FAMILIES.len())],
        family => FAMILIES[family],
    };
    (*dice.pick(first), *dice.pick(last))
}

/// A name as it stands in an address: plain small letters.
pub(super) fn slug(name: &str) -> String {
    deunicode::deunicode(name).to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_plain() {
        assert_eq!(slug("Siobhán O'Connell"), "siobhanoconnell");
        assert_eq!(slug("Łukasz"), "lukasz");
    }
}
