"""Reinforcement learning: runs that earn rewards, and whose losses need not fall."""

from pathlib import Path
from typing import Any

from worlds import layout

STEPS = 1500


def _learn(
    path: Path, name: str, game: str, steps: int = STEPS, module: str = "stable_baselines3", **options: Any
) -> Any:
    from importlib import import_module

    algorithm = getattr(import_module(module), name)
    model = algorithm("MlpPolicy", game, tensorboard_log=str(path), seed=0, device="cpu", **options)
    return model.learn(steps, log_interval=1)


@layout("stable-baselines3")
def ppo(path: Path) -> None:
    _learn(path, "PPO", "CartPole-v1", n_steps=128)


@layout("stable-baselines3")
def a2c(path: Path) -> None:
    _learn(path, "A2C", "CartPole-v1")


@layout("stable-baselines3")
def dqn(path: Path) -> None:
    _learn(path, "DQN", "CartPole-v1", learning_starts=100)


@layout("stable-baselines3")
def sac(path: Path) -> None:
    _learn(path, "SAC", "Pendulum-v1", 800, learning_starts=200)


@layout("stable-baselines3")
def td3(path: Path) -> None:
    _learn(path, "TD3", "Pendulum-v1", 800, learning_starts=200)


@layout("stable-baselines3")
def several_runs(path: Path) -> None:
    for _ in range(3):
        _learn(path, "PPO", "CartPole-v1", 1024, n_steps=128)


@layout("stable-baselines3")
def learned_on(path: Path) -> None:
    """A model that learns on, into the folder of its first time."""
    model = _learn(path, "PPO", "CartPole-v1", 1024, n_steps=128)
    model.learn(1024, reset_num_timesteps=False)


@layout("stable-baselines3")
def hparams_callback(path: Path) -> None:
    """The callback of its documentation for hyperparameters."""
    from stable_baselines3 import A2C
    from stable_baselines3.common.callbacks import BaseCallback
    from stable_baselines3.common.logger import HParam

    class Callback(BaseCallback):
        def _on_training_start(self) -> None:
            known = {
                "algorithm": "A2C",
                "learning rate": self.model.learning_rate,
                "gamma": self.model.gamma,
            }
            metrics = {"rollout/ep_len_mean": 0, "train/value_loss": 0.0}
            self.logger.record("hparams", HParam(known, metrics), exclude=("stdout", "log", "json", "csv"))

        def _on_step(self) -> bool:
            return True

    model = A2C("MlpPolicy", "CartPole-v1", tensorboard_log=str(path), seed=0, device="cpu")
    model.learn(STEPS, callback=Callback(), log_interval=1)


@layout("stable-baselines3")
def evaluated(path: Path) -> None:
    """With its own callback for evaluations, whose points come at steps of their own."""
    import gymnasium
    from stable_baselines3 import DQN
    from stable_baselines3.common.callbacks import EvalCallback

    callback = EvalCallback(gymnasium.make("CartPole-v1"), eval_freq=500, n_eval_episodes=2, verbose=0)
    model = DQN(
        "MlpPolicy", "CartPole-v1", tensorboard_log=str(path), seed=0, learning_starts=100, device="cpu"
    )
    model.learn(STEPS, callback=callback, log_interval=4)


@layout("sb3-contrib")
def trpo(path: Path) -> None:
    _learn(path, "TRPO", "CartPole-v1", module="sb3_contrib", n_steps=128)


@layout("sb3-contrib")
def quantiles(path: Path) -> None:
    _learn(path, "QRDQN", "CartPole-v1", module="sb3_contrib", learning_starts=100)


@layout("skrl")
def own_writer(path: Path) -> None:
    """Its own writer of event files."""
    from skrl.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(log_dir=str(path / "26-01-02_03-04-05-678901_PPO"))
    for step, reward in _play():
        for tag, value in (
            ("Reward / Total reward (mean)", reward),
            ("Loss / Policy loss", 0.1 - step / 1e5),
        ):
            writer.add_scalar(tag=tag, value=value, timestep=step)
    writer.close()


@layout("cleanrl")
def single_file(path: Path) -> None:
    """What the single files of CleanRL log, written as they write it; they are no library to install."""
    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(path / "CartPole-v1__ppo__1__1767322000")
    writer.add_text("hyperparameters", "|param|value|\n|-|-|\n|seed|1|")
    for step, reward in _play():
        writer.add_scalar("charts/episodic_return", reward, step)
        if step % 10 == 0:
            writer.add_scalar("charts/learning_rate", 2.5e-4 * (1 - step / STEPS), step)
            writer.add_scalar("losses/value_loss", reward / 10, step)
            writer.add_scalar("losses/policy_loss", -0.01, step)
            writer.add_scalar("losses/explained_variance", 1 - 10 / (10 + step), step)
            writer.add_scalar("charts/SPS", 400 + step // 10, step)
    writer.close()


def _play() -> Any:
    """Plays at random: the step at which each game ended, and what it earned."""
    import gymnasium

    game = gymnasium.make("CartPole-v1")
    game.reset(seed=0)
    game.action_space.seed(0)
    earned = 0.0
    for step in range(1, STEPS + 1):
        _, reward, ended, cut, _ = game.step(game.action_space.sample())
        earned += float(reward)
        if ended or cut:
            yield step, earned
            earned = 0.0
            game.reset()


@layout("d3rlpy")
def adapter(path: Path) -> None:
    """Its logger, which tells the hyperparameters again after each epoch."""
    from d3rlpy.logging import TensorboardAdapter

    log = TensorboardAdapter(None, str(path), "DQN_20260102030405")
    log.write_params({"gamma": 0.99, "batch_size": 32})
    for epoch in range(1, 9):
        log.before_write_metric(epoch, 100 * epoch)
        log.write_metric(epoch, 100 * epoch, "loss", 1 / epoch)
        log.write_metric(epoch, 100 * epoch, "time_step", 0.01)
        log.after_write_metric(epoch, 100 * epoch)
    log.close()
